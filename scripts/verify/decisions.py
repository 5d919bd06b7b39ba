"""Averaging, distance of domains and freezing once more, from the checkpoints."""
import numpy as np
import torch

from ledger import compare_accuracy
from network import Outcome, evaluate, fitted, forward, modules_of, normalizes
from stored import Random, draws, interval, share_interval


def close_all(ledger, what, row, values, where, floor=1e-6, limit=1e-4):
    for key, mine in values.items():
        ledger.close(what, row[key], None if mine is None else float(mine), f'{where} {key}', floor, limit)


def check_averaging(study, asked):
    """Means of weights, of probabilities, and how they compare with their members."""
    ledger, (images, labels) = study.ledger, asked.data.images('test')
    weights = draws(len(labels), asked.resamples, asked.seed, 'averaging') / len(labels)
    wanted = []
    for role in ('P-T', 'RI-T'):
        runs = asked.role(role)
        if len(runs) > 1:
            pairs = [(a, b) for i, a in enumerate(runs) for b in runs[i + 1 :]]
            rows = [('single', (r,)) for r in runs] + [('midpoint', p) for p in pairs] + [('average of all', tuple(runs)), ('ensemble', tuple(runs))]
            forms = ('raw', 're-estimated') if normalizes(study.checkpoint(asked.runs[runs[0]], asked.at)) else ('none',)
            wanted += [(form, *row) for form in forms for row in rows]
    stored = [(row['batchNorm'], row['what'], tuple(row['runs'].split(' + '))) for row in asked.tables['averages']]
    ledger.equal('averaging: rows', stored, wanted, '')
    epoch_of = lambda i: study.best(i) if asked.at == 'best' else study.rows(i)[-1]['epoch']
    validated = lambda run: next(r['valAccuracy'] for r in study.rows(asked.runs[run]) if r['epoch'] == epoch_of(asked.runs[run]))
    # single networks are fitted too: an average is held against its like
    fit = lambda form, params: fitted(params, asked.data, asked.seed) if form == 're-estimated' else params
    known = {}

    def single(form, run):
        if form != 're-estimated':
            return study.outcome(asked.runs[run], asked.at)
        if run not in known:
            known[run] = evaluate(fit(form, study.checkpoint(asked.runs[run], asked.at)), images, labels)
        return known[run]

    for row, (form, what, runs) in zip(asked.tables['averages'], stored):
        singles, where = [single(form, r) for r in runs], f'{form} {what} of {row["runs"]}'
        parts = [study.checkpoint(asked.runs[r], asked.at) for r in runs]
        if what == 'single':
            found = singles[0]
        elif what == 'ensemble':
            with torch.no_grad():
                logits = [torch.cat([forward(fit(form, part), some) for some in images.split(64)]) for part in parts]
            found = Outcome(torch.stack([z.softmax(1) for z in logits]).mean(0).log(), labels)
        else:
            mixed = {p: sum(part[p] for part in parts) / len(parts) for p in parts[0]}
            found = evaluate(fit(form, mixed), images, labels)
        compare_accuracy(ledger, 'averaging: accuracy', row['accuracy'], found, where)
        ledger.close('averaging: loss', row['loss'], found.loss.mean(), where, limit=1e-3 if what == 'ensemble' else 1e-4)
        best = max(runs, key=validated)
        ledger.equal('averaging: best on validation', (row['best'], row['members'], row['n']), (best, len(runs), len(labels)), where)
        if found.ties + sum(o.ties for o in singles):
            continue
        over_mean = found.right - np.mean([o.right for o in singles], 0)
        over_best = found.right - singles[runs.index(best)].right
        for name, column in (('', found.right), ('overMean', over_mean), ('overBest', over_best)):
            # one network is not better than itself, seen or unseen
            low, high = (0, 0) if name and len(runs) == 1 else share_interval(weights @ column, len(labels), -1 if name else 0)
            keys = [name + key if name else key for key in (('Low', 'High') if name else ('low', 'high'))]
            close_all(ledger, 'averaging: intervals (same draws)', row, dict(zip(keys, (low, high))), where, 1e-3)
            if name:
                close_all(ledger, 'averaging: over mean and best', row, {name: column.mean()}, where, 1e-3)


def features_of(params, images):
    """What enters the head: the last module's channel means."""
    taps = {}
    with torch.no_grad():
        for part in images.split(64):
            forward(params, part, taps)
    return torch.cat(taps[list(taps)[-2]]).mean((2, 3)).numpy()


def ridge(features, labels, classes):
    """Class weights by ridge regression on one-hot labels; the penalty by generalized cross-validation, with the hat matrix spelled out."""
    x, y = features - features.mean(0), np.eye(classes)[labels]
    n, gram = len(x), (features - features.mean(0)).T @ (features - features.mean(0))
    scale, best = np.trace(gram) / len(gram), (np.inf, None)
    for share in (1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100):
        inverse = np.linalg.inv(gram + share * scale * np.eye(len(gram)))
        hat = x @ inverse @ x.T + 1 / n
        score = n * ((y - hat @ y) ** 2).sum() / (n - np.trace(hat)) ** 2
        if score <= best[0]:
            best = score, inverse @ x.T @ y
    return lambda rows: (y.mean(0) + (rows - features.mean(0)) @ best[1]).argmax(1)


def check_domain_distance(study, asked):
    ledger = study.ledger
    here, source = asked.data, study.data[asked.inputs['source']['step']]
    params = study.checkpoint(asked.runs['P'], 'final')
    count, there = len(here.splits['test'][1]), len(source.splits['test'][1])
    n = min(asked.samples, there // 2, count)
    order = Random(asked.seed, 'domain-distance', 'source').permutation(there)
    other = Random(asked.seed, 'domain-distance', 'target').permutation(count)[:n]
    sides = [features_of(params, source.images('test', part)[0]) for part in (order[:n], order[n : 2 * n])]
    sides.append(features_of(params, here.images('test', other)[0]))
    every = np.concatenate(sides)
    every = every - every.mean(0)
    _, singular, axes = np.linalg.svd(every, full_matrices=False)
    kept = min(asked.dimensions, int((singular > 1e-5 * singular[0]).sum()))
    scores = (every @ axes[:kept].T).reshape(3, n, kept)
    explained = (singular[:kept] ** 2).sum() / (singular**2).sum()

    def frechet(a, b, w):
        """‖μ − μ′‖² + tr(Σ + Σ′ − 2(ΣΣ′)^½), the trace of the root as the nuclear norm of Σ^½ Σ′^½."""
        means, roots, traces = [], [], []
        for rows in (a, b):
            mean = w @ rows / w.sum()
            root = np.sqrt(w / (w.sum() - 1))[:, None] * (rows - mean)
            means.append(mean), roots.append(root), traces.append((root**2).sum())
        return ((means[0] - means[1]) ** 2).sum() + sum(traces) - 2 * np.linalg.svd(root_of(roots[0]) @ root_of(roots[1]).T, compute_uv=False).sum()

    root_of = lambda rows: np.linalg.qr(rows)[1]
    wrong = []
    for i, twin in enumerate((scores[2], scores[1])):
        order, fails = np.array(Random(asked.seed, 'domain-distance', i, 'folds').permutation(n)), np.zeros((2, n))
        for fold in range(asked.folds):
            inside = np.arange(n) % asked.folds == fold
            rows = np.concatenate([scores[0][order[~inside]], twin[order[~inside]]])
            said = ridge(rows.astype(np.float32).astype(float), np.repeat([0, 1], (~inside).sum()), 2)
            for truth, side in enumerate((scores[0], twin)):
                fails[truth, order[inside]] = said(side[order[inside]]) != truth
        wrong.append(fails.mean(0))
    counted = draws(n, asked.resamples, asked.seed, 'domain-distance')
    values = {'frechet': [], 'proxy-a': []}
    for w in (np.ones(n), *counted):
        across, within = (frechet(scores[0], side, w) for side in (scores[2], scores[1]))
        values['frechet'].append((across, within, across - within))
        far, near = (2 * (1 - 2 * (w @ fails) / n) for fails in wrong)
        values['proxy-a'].append((far, near, far - near))
    for row in asked.tables['distances']:
        k, where = ['source & target', 'source & source', 'difference'].index(row['comparison']), f'{row["measure"]} {row["comparison"]}'
        plain, *drawn = np.array(values[row['measure']])[:, k]
        low, high = interval(drawn)
        mine = dict(plain=plain, value=plain, low=low, high=high)
        if row['measure'] == 'frechet':
            mine = dict(plain=plain, value=2 * plain - np.mean(drawn), low=2 * plain - high, high=2 * plain - low)
        close_all(ledger, f'domain-distance: {row["measure"]} (same draws)', row, mine, where, 1e-3, 1e-3)
        close_all(ledger, 'domain-distance: explained, sizes', row, dict(explained=explained, n=n, p=every.shape[1], dimensions=kept), where)


def frozen_modules(rewound, similarities, margin, similarity):
    """docs/analyses/freezing.md: set back to P after training every run keeps its accuracy, by the upper bound, and what leaves the module is like P's."""
    rows = [r for r in rewound if r['role'] == 'P-T' and r['to'] == 0 and not r['head']]
    chosen = {}
    for module in dict.fromkeys(r['module'] for r in sorted(rows, key=lambda r: r['depth'])):
        own = [r for r in rows if r['module'] == module]
        like = [r['value'] for r in similarities if r['pair'] == 'P-T & P' and r['module'] in (module, module.split('.')[0]) and r['value'] is not None]
        cka, high = (np.mean(like) if like else None), max(r['dropHigh'] for r in own)
        drop = dict(drop=np.mean([r['drop'] for r in own]), low=min(r['dropLow'] for r in own), high=high, cka=cka)
        chosen[module] = (high < margin and (cka is None or cka >= similarity), drop)
    return chosen


def check_freezing(study, asked):
    ledger = study.ledger
    tables = lambda kind, name: study.tables(asked.inputs[kind]['step'])[name]
    chosen = frozen_modules(tables('rewind', 'modules'), tables('cka', 'similarities'), asked.margin, asked.similarity)
    ledger.equal('freezing: modules', [r['module'] for r in asked.tables['choice']], list(chosen), '')
    sizes = {m: sum(study.checkpoint(asked.runs['P'], 'final')[p].size for p in names) for m, names in modules_of(study.checkpoint(asked.runs['P'], 'final')).items()}
    for row in asked.tables['choice']:
        frozen, mine = chosen[row['module']]
        ledger.equal('freezing: chosen, weights', (row['frozen'], row['weights']), (frozen, sizes[row['module']]), row['module'])
        close_all(ledger, 'freezing: drops, CKA', row, mine, row['module'])
    names = [m for m, (frozen, _) in chosen.items() if frozen]
    ledger.equal('freezing: verified', len(asked.tables['verified']), int(bool(names) and asked.verify), '')
    for row in asked.tables['verified']:
        twins = {v['name']: v['variant']['of'] for v in asked.sweep}
        for run in twins:
            start, end = (study.checkpoint(asked.runs[run], at) for at in (0, asked.at))
            still = {m for m, own in modules_of(start).items() if all((start[p] == end[p]).all() for p in own)}
            ledger.equal('freezing: what did not move', sorted(still), sorted(names), run)
        frozen, full = (np.mean([study.outcome(asked.runs[r], asked.at).right for r in runs], 0) for runs in (twins, twins.values()))
        n = len(full)
        low, high = share_interval(draws(n, asked.resamples, asked.seed, 'freezing') / n @ (frozen - full), n)
        head = study.checkpoint(asked.runs[next(iter(twins))], 0)
        total = sum(sum(head[p].size for p in own) for own in modules_of(head).values())
        mine = dict(full=full.mean(), frozen=frozen.mean(), difference=(frozen - full).mean(), low=low, high=high, share=sum(sizes[m] for m in names) / total)
        close_all(ledger, 'freezing: verified (same draws)', row, mine, row['modules'], 1e-3)


DECISION_CHECKS = {'averaging': check_averaging, 'domain-distance': check_domain_distance, 'freezing': check_freezing}
