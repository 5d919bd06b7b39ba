"""Rewind and path criticality once more, from the checkpoints."""
import math, re

import numpy as np

from ledger import compare_accuracy
from network import evaluate, fitted, is_buffer, modules_of, normalizes
from stored import Random, draws, interval, share_interval


def groups_of(params, pattern):
    """Module → parameters, regrouped by what a regular expression finds in the names. And whether the head is among them."""
    modules, groups, heads = modules_of(params), {}, set()
    for module, names in modules.items():
        if pattern is None:
            groups[module] = list(names)
        elif found := re.search(pattern, module):
            name = found.group(1) if found.groups() and found.group(1) is not None else found.group(0)
            groups.setdefault(name, []).extend(names)
            heads |= {name} if module == 'fc' else set()
    return groups, heads if pattern else {'fc'}


def chosen_images(asked, analysis, split, samples):
    n = len(asked.data.splits[split][1])
    few = samples is not None and samples < n
    return asked.data.images(split, sorted(Random(asked.seed, analysis, split, 'samples').permutation(n)[:samples]) if few else None)


def saved_epochs(study, i):
    """Epoch → name of its file."""
    rows = study.rows(i)
    files = {study.best(i): 'best', rows[-1]['epoch']: 'final'}
    files.update({int(p.stem[6:]): p.stem for p in study.folder(i).glob('epoch-*.safetensors')})
    return dict(sorted(files.items()))


def close_all(ledger, what, row, values, where, floor=1e-9, limit=1e-4):
    for key, mine in values.items():
        ledger.close(what, row[key], None if mine is None else float(mine), f'{where} {key}', floor, limit)


def bounded(weights, column):
    low, high = share_interval(weights @ column, len(column))
    return column.mean(), low, high


def buffers_of(params, names):
    """Running statistics of the BatchNorms whose weights are among these."""
    own = {name.rsplit('.', 1)[0] for name in names}
    return [p for p in params if is_buffer(p) and p.rsplit('.', 1)[0] in own]


def check_rewind(study, asked):
    """With BatchNorm twice: statistics on record, of which a module brings its own back, and taken anew."""
    ledger = study.ledger
    images, labels = chosen_images(asked, 'rewind', asked.split, asked.samples)
    weights = draws(len(labels), asked.resamples, asked.seed, 'rewind', asked.split) / len(labels)
    drops, ties = {}, 0
    runs = asked.role('P-T') + asked.role('RI-T')
    stored = {('modules', r['run'], r['to'], r['module']): r for r in asked.tables['modules']}
    stored |= {('raw', r['run'], r['to'], r['module']): r for r in asked.tables.get('raw', [])}
    fit = lambda params: fitted(params, asked.data, asked.seed, asked.batchNormImages)
    for run in runs:
        i = asked.runs[run]
        end, files = study.checkpoint(i, asked.at), saved_epochs(study, i)
        own = study.best(i) if asked.at == 'best' else max(files)
        groups, heads = groups_of(end, asked.modules)
        for table in ('raw', 'modules') if normalizes(end) else ('modules',):
            raw = table == 'raw'
            whole = evaluate(end if raw else fit(end), images, labels)
            for epoch in [e for e in files if e != own] if asked.to == 'saved' else asked.to:
                start = study.checkpoint(i, files[epoch] if epoch else 0)
                for module, names in groups.items():
                    row, where = stored.pop((table, run, epoch, module)), f'{run} {module} epoch {epoch} {table}'
                    back = names + buffers_of(end, names)
                    rewound = {**end, **{p: start[p] for p in back}}
                    found = evaluate(rewound if raw else fit(rewound), images, labels)
                    compare_accuracy(ledger, 'rewind: accuracy', row['accuracy'], found, where)
                    drop, rise = whole.right - found.right, found.loss - whole.loss
                    if not raw:
                        drops[run, epoch, module], ties = drop, ties + found.ties + whole.ties
                    loss = dict(loss=found.loss.mean(), rise=rise.mean())
                    low, high = interval(weights @ rise)
                    close_all(ledger, 'rewind: loss and rise, interval (same draws)', row, dict(loss, riseLow=low, riseHigh=high), where, 1e-2)
                    if not found.ties + whole.ties:
                        low, high = share_interval(weights @ drop, len(labels))
                        close_all(ledger, 'rewind: drop, interval (same draws)', row, dict(drop=drop.mean(), dropLow=low, dropHigh=high), where, 1e-3)
                    moved = any((start[p] != end[p]).any() for p in (back if raw else names))
                    ledger.equal('rewind: moved, head, n', (row['moved'], row['head'], row['n']), (moved, module in heads, len(labels)), where)
    ledger.equal('rewind: rows', sorted(stored), [], 'left over')
    if ties:
        return
    body = [m for m in groups if m not in heads]
    half = len(body) // 2
    mean = lambda run_names, epoch, modules: np.mean([drops[r, epoch, m] for r in run_names for m in modules], 0)
    for row in asked.tables['roles']:
        own, where = asked.role(row['role']), f'{row["role"]} epoch {row["to"]}'
        value, low, high = bounded(weights, mean(own, row['to'], body))
        close_all(ledger, 'rewind: roles (same draws)', row, dict(drop=value, low=low, high=high), where, 1e-3)
        if half:
            value, low, high = bounded(weights, mean(own, row['to'], body[-half:]) - mean(own, row['to'], body[:half]))
            close_all(ledger, 'rewind: growth (same draws)', row, dict(growth=value, growthLow=low, growthHigh=high), where, 1e-3)
    for row in asked.tables['contrasts']:
        members = [row['module']] if row['module'] else body
        p, r = (mean(asked.role(role), row['to'], members) for role in ('P-T', 'RI-T'))
        value, low, high = bounded(weights, p - r)
        mine = dict(pretrained=p.mean(), random=r.mean(), difference=value, low=low, high=high)
        close_all(ledger, 'rewind: contrasts (same draws)', row, mine, f'{row["module"]} epoch {row["to"]}', 1e-3)


def single(params):
    return {name: np.asarray(value, np.float32).astype(np.float64) for name, value in params.items()}


def path_points(study, i, asked, path, start, end):
    """(α, epoch, parameters and running statistics of the module) along a path."""
    if path == 'direct':
        return [(a, None, end if a == 1 else single({p: (1 - a) * start[p] + a * end[p] for p in start})) for a in np.arange(asked.alphas) / (asked.alphas - 1)]
    files = saved_epochs(study, i)
    last = study.best(i) if asked.at == 'best' else max(files)
    kept = [e for e in files if e <= last]
    steps = min(asked.alphas, len(kept)) - 1
    epochs = [kept[math.floor(k * (len(kept) - 1) / steps + 0.5)] for k in range(steps + 1)]
    return [(e / last, e, {p: study.checkpoint(i, files[e] if e else 0)[p] for p in start}) for e in epochs]


def least(costs, errors, epsilon):
    """Least cost among feasible cells; infinite when there is none. errors [..., cells]."""
    return np.where(errors <= np.asarray(epsilon)[..., None] + 1e-9, costs, np.inf).min(-1)


def quantiles(values):
    """Bounds where they are finite."""
    ascending = np.sort(values)
    found = []
    for q in (0.025, 0.975):
        place = q * (len(ascending) - 1)
        a, b = ascending[math.floor(place)], ascending[min(math.floor(place) + 1, len(ascending) - 1)]
        value = a + (place - math.floor(place)) * (b - a) if np.isfinite(a) and np.isfinite(b) else math.inf
        found.append(value if math.isfinite(value) else None)
    return found


def check_criticality(study, asked):
    ledger = study.ledger
    images, labels = chosen_images(asked, 'criticality', 'train', asked.samples)
    n = len(labels)
    weights = draws(n, asked.resamples, asked.seed, 'criticality') / n
    runs = [r for role in ('P-T', 'RI-T') for r in asked.role(role)[: asked.perRole]]
    cells = {}
    for row in asked.tables['cells']:
        cells.setdefault((row['run'], row['path'], row['scale'], row['module']), []).append(row)
    sums = {}
    fit = lambda params: fitted(params, asked.data, asked.seed, asked.batchNormImages)
    for row, raw in [(r, False) for r in asked.tables['modules']] + [(r, True) for r in asked.tables.get('raw', [])]:
        run, path, module = row['run'], row['path'], row['module']
        i = asked.runs[run]
        end, start, where = study.checkpoint(i, asked.at), study.checkpoint(i, 0), f'{run} {path} {row["scale"]} {module}'
        names = groups_of(end, asked.modules)[0][module]
        ledger.equal('criticality: runs', run in runs, True, where)
        moving = names + buffers_of(end, names)
        x0, x1 = ({p: params[p] for p in moving} for params in (start, end))
        rms = math.sqrt(sum((x1[p] ** 2).sum() for p in names) / sum(x1[p].size for p in names))
        noise = [{p: np.reshape([g.normal() for _ in range(x1[p].size)], x1[p].shape) for p in names for g in [Random(asked.seed, 'criticality', 'noise', d, p)]} for d in range(asked.draws)]
        grid = [asked.smallest ** (1 - k / (asked.sigmas - 1)) * (rms if row['scale'] == 'relative' else 1) for k in range(asked.sigmas)]
        missed = 1 - evaluate(end if raw else fit(end), images, labels).right
        epsilon, wrong, costs, ties = missed.mean() + asked.slack, [], [], 0
        stored = iter([] if raw else cells.pop((run, path, row['scale'], module), []))
        points = path_points(study, i, asked, path, x0, x1)
        square = lambda at: sum(((at[p] - x0[p]) ** 2).sum() for p in names)
        if any(square(at) > 0 for _, _, at in points):
            for alpha, epoch, at in points:
                still = {**end, **at} if raw else fit({**end, **at})
                for sigma in grid:
                    noisy = [{**still, **{p: at[p] + sigma * u[p] for p in names}} for u in noise]
                    if not raw and asked.batchNorm == 'draw':
                        noisy = [fit(params) for params in noisy]
                    found = [evaluate(params, images, labels) for params in noisy]
                    place = f'{where} α={alpha:.3g} σ={sigma:.3g}'
                    errors = np.array([1 - o.right for o in found])
                    tied = sum(o.ties for o in found)
                    wrong.append(errors.mean(0))
                    costs.append(square(at) / sigma**2)
                    ties += tied
                    if raw:
                        continue
                    cell = next(stored)
                    off = abs(cell['error'] * n * asked.draws - errors.sum())
                    ledger.note('criticality: error of cells', 0 if off <= tied + 1e-6 else off, f'{place} store {cell["error"]}, here {errors.mean()}', 1e-6)
                    mine = dict(alpha=alpha, sigma=sigma, cost=square(at) / sigma**2)
                    close_all(ledger, 'criticality: α, σ, cost', cell, mine, place, 1e-6, 1e-3)
                    if not tied:
                        close_all(ledger, 'criticality: standard error', cell, dict(standardError=errors.mean(1).std(ddof=1) / math.sqrt(asked.draws)), place)
                        ledger.equal('criticality: feasible', cell['feasible'], bool(errors.mean() <= epsilon + 1e-9), place)
        ledger.equal('criticality: cells', len(list(stored)), 0, where)
        close_all(ledger, 'criticality: ε, RMS, distance', row, dict(epsilon=epsilon, rms=rms, distance=math.sqrt(square(x1))), where)
        if ties and not raw:
            sums[run, path, row['scale']] = None
            continue
        if ties:
            continue
        if wrong:
            wrong, costs = np.array(wrong), np.array(costs)
            mu = least(costs, wrong.mean(1), epsilon)
            again = least(costs, weights @ wrong.T, weights @ missed + asked.slack)
        else:
            mu, again = 0.0, np.zeros(len(weights))
        low, high = quantiles(again)
        close_all(ledger, 'criticality: μ, interval (same draws)', row, dict(mu=mu if math.isfinite(mu) else None, low=low, high=high), where, 1e-6, 1e-3)
        if not raw and sums.setdefault((run, path, row['scale']), (0, 0)) is not None:
            total, resampled = sums[run, path, row['scale']]
            sums[run, path, row['scale']] = (total + mu, resampled + again)
    ledger.equal('criticality: surfaces', sorted(cells), [], 'left over')
    for row in asked.tables['networks']:
        found = sums.pop((row['run'], row['path'], row['scale']))
        if found:
            low, high = quantiles(found[1])
            mine = dict(mu=found[0] if math.isfinite(found[0]) else None, low=low, high=high)
            close_all(ledger, 'criticality: network (same draws)', row, mine, f'{row["run"]} {row["path"]}', 1e-6, 1e-3)
    ledger.equal('criticality: networks', sorted(sums), [], 'left over')
