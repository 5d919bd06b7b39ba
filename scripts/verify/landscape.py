"""Planes, alignment and paths across targets once more, from the checkpoints."""
import numpy as np

from ledger import compare_accuracy
from matching import match, units_of
from network import evaluate, fitted, is_buffer, modules_of
from stored import Random, draws, interval, share_interval


def chosen_images(asked, analysis):
    n = len(asked.data.splits[asked.split][1])
    if asked.samples is None or asked.samples >= n:
        return asked.data.images(asked.split)
    return asked.data.images(asked.split, sorted(Random(asked.seed, analysis, asked.split, 'samples').permutation(n)[: asked.samples]))


def flat(params):
    return np.concatenate([params[p].ravel() for p in params if not is_buffer(p)])


def mixed(parts, weights):
    return {p: sum(w * part[p] for w, part in zip(weights, parts)) for p in parts[0]}


def check_plane(study, asked):
    """Along u and v of Gram-Schmidt, spelled out; the grid's cells and the corners."""
    ledger = study.ledger
    images, labels = chosen_images(asked, 'plane')
    for name in dict.fromkeys(row['plane'] for row in asked.tables['cells']):
        points = [row for row in asked.tables['points'] if row['plane'] == name]
        corners = []
        for row in points:
            run, _, at = row['point'].partition(' ')
            corners.append(study.checkpoint(asked.runs[run], 0 if at == 'start' else at or asked.at))
        a, b, c = (flat(corner) for corner in corners)
        u = (b - a) / np.linalg.norm(b - a)
        across = (c - a) - ((c - a) @ u) * u
        height = np.linalg.norm(across)
        places = [(0, 0), (np.linalg.norm(b - a), 0), ((c - a) @ u, height)]
        for row, (x, y) in zip(points, places):
            ledger.close('plane: corners', row['x'], float(x), f'{name} {row["point"]}', 1e-3)
            ledger.close('plane: corners', row['y'], float(y), f'{name} {row["point"]}', 1e-3)
        cells = [row for row in asked.tables['cells'] if row['plane'] == name]
        ledger.equal('plane: cells', len(cells), asked.points**2, name)
        for row in points + cells[:: max(1, len(cells) // 40)]:
            theta = a + row['x'] * u + row['y'] * across / height
            params, at = {}, 0
            for p, value in corners[0].items():
                if is_buffer(p):
                    params[p] = value  # taken anew
                    continue
                params[p] = theta[at : at + value.size].reshape(value.shape)
                at += value.size
            found, where = evaluate(fitted(params, asked.data, asked.seed), images, labels), f'{name} ({row["x"]:.3f}, {row["y"]:.3f})'
            ledger.close('plane: loss', row['loss'], found.loss.mean(), where)
            compare_accuracy(ledger, 'plane: accuracy', row['accuracy'], found, where)


def check_alignment(study, asked):
    """b's units matched to a's anew; distances and paths before and after."""
    ledger = study.ledger
    images, labels = chosen_images(asked, 'alignment')
    for pair in dict.fromkeys((row['a'], row['b']) for row in asked.tables['units']):
        own = lambda table: [row for row in asked.tables[table] if (row['a'], row['b']) == pair]
        a, b = (study.checkpoint(asked.runs[run], asked.at) for run in pair)
        groups, where = units_of(a), f'{pair[0]} & {pair[1]}'
        aligned, orders = match(a, b, groups, asked.seed)
        moved = {g: int((orders[g] != np.arange(len(orders[g]))).sum()) for g in groups}
        ledger.equal('alignment: units', {r['group']: (r['units'], r['moved']) for r in own('units')}, {g: (len(orders[g]), moved[g]) for g in groups}, where)
        ends, barriers = {'raw': b, 'aligned': aligned}, {}
        for row in own('distances'):
            names = modules_of(a)[row['module']] if row['module'] else [p for p in a if not is_buffer(p)]
            x, *others = (np.concatenate([params[p].ravel() for p in names]) for params in (a, b, aligned))
            for form, y in zip(ends, others):
                ledger.close('alignment: distance', row[form], float(np.linalg.norm(x - y)), f'{where} {row["module"]} {form}')
            ledger.equal('alignment: weights', row['weights'], len(x), where)
        for form, end in ends.items():
            rows = [row for row in own('paths') if row['form'] == form]
            found = []
            for row in rows:
                mix = mixed((a, end), (1 - row['lambda'], row['lambda']))
                found.append(evaluate(fitted(mix, asked.data, asked.seed), images, labels))
                ledger.close('alignment: loss', row['loss'], found[-1].loss.mean(), f'{form} {where} λ={row["lambda"]}')
                compare_accuracy(ledger, 'alignment: accuracy', row['accuracy'], found[-1], f'{form} {where} λ={row["lambda"]}')
            grid = np.array([row['lambda'] for row in rows])
            barriers[form] = [(lambda w, k=k, found=found: wall(grid, [w @ column for column in (o.loss if k == 'loss' else 1 - o.right for o in found)])) for k in ('loss', 'accuracy')]
        weights = draws(len(labels), asked.resamples, asked.seed, 'alignment', asked.split) / len(labels)
        once = np.full(len(labels), 1 / len(labels))
        for row in own('reductions'):
            raw, after = (barriers[form][row['metric'] == 'accuracy'] for form in ('raw', 'aligned'))
            drawn = [raw(w) - after(w) for w in weights]
            low, high = share_interval(drawn, len(labels)) if row['metric'] == 'accuracy' else interval(drawn)
            mine = dict(raw=raw(once), aligned=after(once), reduction=raw(once) - after(once), low=low, high=high)
            for key, value in mine.items():
                ledger.close('alignment: reduction (same draws)', row[key], float(value), f'{where} {row["metric"]} {key}', 1e-2)


def wall(grid, costs):
    """Largest excess over the line between the ends."""
    costs = np.array(costs)
    return (costs - (1 - grid) * costs[0] - grid * costs[-1]).max()


def check_cross_domain(study, asked):
    """The body moves, the head stays."""
    ledger = study.ledger
    images, labels = chosen_images(asked, 'cross-domain')
    for row in asked.tables['paths']:
        a, b = (study.checkpoint(asked.runs[row[side]], asked.at) for side in 'ab')
        head = modules_of(a)['fc']
        params = {p: a[p] if p in head else (1 - row['lambda']) * a[p] + row['lambda'] * b[p] for p in a}
        found, where = evaluate(fitted(params, asked.data, asked.seed), images, labels), f'{row["a"]} → {row["b"]} λ={row["lambda"]}'
        ledger.close('cross-domain: loss', row['loss'], found.loss.mean(), where)
        compare_accuracy(ledger, 'cross-domain: accuracy', row['accuracy'], found, where)


LANDSCAPE_CHECKS = {'plane': check_plane, 'alignment': check_alignment, 'cross-domain': check_cross_domain}
