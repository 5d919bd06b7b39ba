"""Planes, aligned distances and paths across targets once more, from the checkpoints."""
import numpy as np

from ledger import compare_accuracy
from network import evaluate, modules_of
from stored import Random


def chosen_images(asked, analysis):
    n = len(asked.data.splits[asked.split][1])
    if asked.samples is None or asked.samples >= n:
        return asked.data.images(asked.split)
    return asked.data.images(asked.split, sorted(Random(asked.seed, analysis, asked.split, 'samples').permutation(n)[: asked.samples]))


def flat(params):
    return np.concatenate([params[p].ravel() for p in params])


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
                params[p] = theta[at : at + value.size].reshape(value.shape)
                at += value.size
            found, where = evaluate(params, images, labels), f'{name} ({row["x"]:.3f}, {row["y"]:.3f})'
            ledger.close('plane: loss', row['loss'], found.loss.mean(), where)
            compare_accuracy(ledger, 'plane: accuracy', row['accuracy'], found, where)


def check_alignment(study, asked):
    """Raw distances; of the aligned ones that they are no larger, and that a permutation can have made them: sums of squares stay."""
    ledger = study.ledger
    for row in asked.tables['distances']:
        a, b = (study.checkpoint(asked.runs[row[side]], asked.at) for side in 'ab')
        modules, where = modules_of(a), f'{row["a"]} & {row["b"]} {row["module"]}'
        names = modules[row['module']] if row['module'] else list(a)
        x, y = (np.concatenate([params[p].ravel() for p in names]) for params in (a, b))
        ledger.close('alignment: raw distance', row['raw'], float(np.linalg.norm(x - y)), where)
        ledger.equal('alignment: weights', row['weights'], len(x), where)
        if not row['module']:
            ledger.equal('alignment: never farther', row['aligned'] <= row['raw'] * (1 + 1e-12), True, where)
            # no order of the values of each tensor brings them nearer than sorting both does
            bound = np.sqrt(sum(((np.sort(a[p].ravel()) - np.sort(b[p].ravel())) ** 2).sum() for p in names))
            ledger.equal('alignment: not nearer than any order', row['aligned'] >= bound * (1 - 1e-9), True, where)
    images, labels = chosen_images(asked, 'alignment')
    for row in asked.tables['paths']:
        a, b = (study.checkpoint(asked.runs[row[side]], asked.at) for side in 'ab')
        # the aligned end computes what the raw one does
        if row['form'] == 'raw' or row['lambda'] in (0, 1):
            found = evaluate(mixed((a, b), (1 - row['lambda'], row['lambda'])), images, labels)
            where = f'{row["form"]} {row["a"]} & {row["b"]} λ={row["lambda"]}'
            ledger.close('alignment: loss', row['loss'], found.loss.mean(), where)
            compare_accuracy(ledger, 'alignment: accuracy', row['accuracy'], found, where)


def check_cross_domain(study, asked):
    """The body moves, the head stays."""
    ledger = study.ledger
    images, labels = chosen_images(asked, 'cross-domain')
    for row in asked.tables['paths']:
        a, b = (study.checkpoint(asked.runs[row[side]], asked.at) for side in 'ab')
        head = modules_of(a)['fc']
        params = {p: a[p] if p in head else (1 - row['lambda']) * a[p] + row['lambda'] * b[p] for p in a}
        found, where = evaluate(params, images, labels), f'{row["a"]} → {row["b"]} λ={row["lambda"]}'
        ledger.close('cross-domain: loss', row['loss'], found.loss.mean(), where)
        compare_accuracy(ledger, 'cross-domain: accuracy', row['accuracy'], found, where)


LANDSCAPE_CHECKS = {'plane': check_plane, 'alignment': check_alignment, 'cross-domain': check_cross_domain}
