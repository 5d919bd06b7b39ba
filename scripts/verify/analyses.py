"""Every analysis of docs/analyses once more, from the checkpoints; each `check` holds one step's tables against it."""
import math
from collections import Counter

import numpy as np
import torch

from ledger import compare_accuracy
from modules import check_criticality, check_rewind
from network import evaluate, fitted, forward, is_buffer, modules_of, normalizes
from stored import Random, draws, interval, share_interval, t_quantile


class Asked:
    """One analysis step: data, inputs, runs by name, the stored tables, the seed, the trainings of its sweep, and its options as attributes."""

    def __init__(self, data, inputs, tables, seed, options, sweep=()):
        self.data, self.inputs, self.tables, self.seed, self.sweep = data, inputs, tables, seed, sweep
        self.runs = {name: source['step'] for name, source in inputs.items() if name not in ('data', 'source')}
        self.__dict__.update(options)

    def role(self, role):
        """Runs of the arms; those of a sweep have names of their own."""
        swept = {each['name'] for each in self.sweep}
        return [name for name in self.runs if name.split('.')[0] == role and name not in swept]

    def rows(self, study, table, keys, wanted):
        """The stored rows by key; they must be exactly the wanted ones."""
        found = {tuple(row[k] for k in keys): row for row in self.tables[table]}
        study.ledger.equal(f'{table}: rows', (len(self.tables[table]), sorted(found)), (len(wanted), sorted(wanted)), '')
        return found.items()

    def pairs(self, with_p):
        kinds = [('P-T', 'P-T'), ('P-T', 'RI-T'), ('RI-T', 'RI-T')] + [('P-T', 'P'), ('RI-T', 'P')] * with_p
        return [(a, b) for x, y in kinds for i, a in enumerate(self.role(x)) for b in (self.role(y)[i + 1 :] if x == y else self.role(y))]


def bounds(ledger, what, row, values, where, low='low', high='high', floor=1e-12, of=interval):
    for key, mine in zip((low, high), of(values)):
        ledger.close(what, row[key], mine, f'{where} {key}', floor)


def shares_of(n, least=-1):
    return lambda values: share_interval(values, n, least)


def check_curves(study, asked):
    ledger, n = study.ledger, len(asked.data.splits['test'][1])
    drawn = draws(n, asked.resamples, asked.seed, 'learning-curves') / n
    speed = {r: np.mean([row['trainAccuracy'] for row in study.rows(i) if row['epoch'] > 0]) for r, i in asked.runs.items()}
    trained = asked.role('P-T') + asked.role('RI-T')
    for (run, at), row in asked.rows(study, 'runs', ('run', 'at'), [(r, at) for r in trained for at in ('best', 'final')]):
        found = study.outcome(asked.runs[run], at)
        compare_accuracy(ledger, 'curves: accuracy', row['accuracy'], found, f'{run} {at}')
        ledger.close('curves: loss', row['loss'], found.loss.mean(), f'{run} {at}')
        ledger.close('curves: speed', row['speed'], speed[run], run)
        bounds(ledger, 'curves: interval (same draws)', row, drawn @ found.right, f'{run} {at}', of=shares_of(n, 0))
    labels = asked.data.splits['test'][1]
    for (metric, at), row in {(r['metric'], r['at']): r for r in asked.tables['gaps']}.items():
        ledger.close('gaps: chance', row['chance'], max(Counter(labels.tolist()).values()) / n, '')
        if metric == 'accuracy':
            p, r = (np.mean([study.outcome(asked.runs[x], at).right for x in asked.role(role)], 0) for role in ('P-T', 'RI-T'))
            bounds(ledger, 'gaps: interval (same draws)', row, drawn @ p - drawn @ r, at, floor=1e-6, of=shares_of(n))
            low, p, r = interval(drawn @ p)[0], p.mean(), r.mean()
        else:
            p, r = ([speed[x] for x in asked.role(role)] for role in ('P-T', 'RI-T'))
            if min(len(p), len(r)) > 1:
                u, v = np.var(p, ddof=1) / len(p), np.var(r, ddof=1) / len(r)
                half = t_quantile((u + v) ** 2 / (u**2 / (len(p) - 1) + v**2 / (len(r) - 1))) * math.sqrt(u + v)
                for key, sign in (('low', -1), ('high', 1)):
                    ledger.close('gaps: Welch interval', row[key], np.mean(p) - np.mean(r) + sign * half, at)
            low = np.mean(p) - (t_quantile(len(p) - 1) * np.std(p, ddof=1) / math.sqrt(len(p)) if len(p) > 1 else 0)
            p, r = np.mean(p), np.mean(r)
        for key, mine in (('pretrained', p), ('random', r), ('gap', p - r), ('relative', (p - r) / p if low > row['chance'] else None)):
            ledger.close('gaps: means, gap, relative', row[key], mine, f'{metric} {at} {key}')


def kappa_of(a, b, w):
    """Cohen's κ of two error indicators, with weights [..., n]."""
    same, p, q = (w @ x for x in (a == b, a, b))
    e = p * q + (1 - p) * (1 - q)
    with np.errstate(all='ignore'):
        return np.where(e < 1, (same - e) / (1 - e), np.nan)


def kappa_interval(values):
    """No bounds where every resample gives the same κ."""
    low, high = interval(values)
    return (None, None) if low is None or high - low <= 1e-12 else (low, high)


def check_mistakes(study, asked):
    ledger, n = study.ledger, len(asked.data.splits['test'][1])
    drawn = draws(n, asked.resamples, asked.seed, 'mistakes') / n
    ids, labels, _ = asked.data.splits['test']
    found = {r: study.outcome(i, asked.at) for r, i in asked.runs.items() if r.split('.')[0] != 'P'}
    cells = lambda a, b, m: [int((x & y & m).sum()) for x, y in ((a, b), (~a, ~b), (~a, b), (a, ~b))]
    names = ('bothRight', 'bothWrong', 'onlyAWrong', 'onlyBWrong')
    for (a, b), row in asked.rows(study, 'pairs', ('a', 'b'), asked.pairs(False)):
        x, y, where = found[a], found[b], f'{a} & {b}'
        right = x.right == 1, y.right == 1
        both = cells(*right, np.ones(n, bool))
        ledger.equal('mistakes: contingency', [row[k] for k in names], both, where)
        ledger.close('mistakes: kappa', row['kappa'], float(kappa_of(*right, np.ones(n) / n)), where)
        bounds(ledger, 'mistakes: kappa interval (same draws)', row, kappa_of(*right, drawn), where, 'kappaLow', 'kappaHigh', of=kappa_interval)
        same = x.predicted == y.predicted
        ledger.close('mistakes: agreement', row['agreement'], same.mean(), where)
        bounds(ledger, 'mistakes: agreement interval (same draws)', row, drawn @ same, where, 'agreementLow', 'agreementHigh', of=shares_of(n, 0))
        wrong = ~right[0] & ~right[1]
        ledger.close('mistakes: shared mistakes agree', row['sharedMistakeAgreement'], same[wrong].mean() if wrong.any() else None, where)
        d, few = both[2] + both[3], min(both[2:])
        ledger.close('mistakes: McNemar p', row['mcnemarP'], min(1, 2 * sum(math.comb(d, k) for k in range(few + 1)) / 2**d), where)
        for c in (c for c in asked.tables['classes'] if (c['a'], c['b']) == (a, b)):
            inside = labels == asked.data.classes.index(c['class'])
            ledger.equal('mistakes: contingency by class', [c[k] for k in names], cells(*right, inside), where)
    right = {r: o.right == 1 for r, o in found.items()}
    for row in asked.tables['contrasts']:
        def mean_kappa(kind, w):
            return np.mean([kappa_of(right[q['a']], right[q['b']], w) for q in asked.tables['pairs'] if q['pair'] == kind], 0)
        where = f"{row['pair']} over {row['other']}"
        ledger.close('mistakes: κ contrast', row['difference'], float(mean_kappa(row['pair'], np.ones(n) / n) - mean_kappa(row['other'], np.ones(n) / n)), where)
        bounds(ledger, 'mistakes: κ contrast interval (same draws)', row, mean_kappa(row['pair'], drawn) - mean_kappa(row['other'], drawn), where, of=kappa_interval)
    predicted = np.array([o.predicted for o in found.values()])
    k = len(found)
    differ = np.mean([predicted[i] != predicted[j] for i in range(k) for j in range(i)], 0) if k > 1 else np.zeros(n)
    margin = np.mean([o.margin for o in found.values()], 0)
    score = (differ + 1 - margin) / 2
    errs = {role: np.array([found[r].right == 0 for r in asked.role(role)]) for role in ('P-T', 'RI-T')}
    p, r = errs['P-T'], errs['RI-T']
    groups = {'only P-T wrong': p.all(0) & ~r.any(0), 'only RI-T wrong': r.all(0) & ~p.any(0), 'all wrong': p.all(0) & r.all(0)}
    for group, members in groups.items():
        order = np.lexsort((np.arange(n), score))
        mine = [ids[i] for i in order if members[i]][: asked.gallery]
        listed = sorted((row for row in asked.tables['images'] if row['group'] == group), key=lambda row: row['rank'])
        ledger.equal('mistakes: images of a group', sorted(row['image'] for row in listed), sorted(mine), group)
        for row in listed:
            i = ids.index(row['image'])
            for key, value in (('ambiguity', score[i]), ('disagreement', differ[i]), ('margin', margin[i])):
                ledger.close('mistakes: ambiguity of images', row[key], float(value), row['image'], 1e-3)
    check_ambiguity_test(ledger, asked, score, groups)
    means = [score[m].mean() if m.any() else math.nan for m in list(groups.values())[:2]]
    stored = {row['group']: row['ambiguity'] for row in asked.tables['ambiguity']}
    for group, mine in zip(('only P-T wrong', 'only RI-T wrong', 'difference'), (*means, means[0] - means[1])):
        ledger.close('mistakes: ambiguity of groups', stored[group], mine, group, 1e-2)


def check_ambiguity_test(ledger, asked, score, groups):
    """Cliff's δ over all pairs of images with its interval, and the permutation test on the same shuffles."""
    (row,), p, r = asked.tables['ambiguityTest'], *list(groups.values())[:2]
    ledger.equal('mistakes: sizes of the test', (row['onlyPretrained'], row['onlyRandom']), (int(p.sum()), int(r.sum())), '')
    if row['cliffsDelta'] is None or not (p.any() and r.any()):
        ledger.equal('mistakes: test is undefined', row['cliffsDelta'] is None, not (p.any() and r.any()), '')
        return
    x, y = score[p], score[r]
    dominance = np.sign(np.subtract.outer(x, y))
    ledger.close("mistakes: Cliff's δ", row['cliffsDelta'], dominance.mean(), '', 1e-2)
    drawn = draws(len(score), asked.resamples, asked.seed, 'mistakes')
    with np.errstate(all='ignore'):
        deltas = np.array([w[p] @ dominance @ w[r] / (w[p].sum() * w[r].sum()) for w in drawn])
    if row['reason'] is None:
        bounds(ledger, "mistakes: Cliff's δ, interval (same draws)", row, deltas, '', 'deltaLow', 'deltaHigh', 1e-2)
    stream, pooled, hits = Random(asked.seed, 'mistakes', 'permutations'), np.concatenate([x, y]), 0
    observed, total = abs(x.mean() - y.mean()), pooled.sum()
    for _ in range(asked.permutations):
        for i in range(len(x)):
            j = i + int(stream.uniform() * (len(pooled) - i))
            pooled[i], pooled[j] = pooled[j], pooled[i]
        first = pooled[: len(x)].sum()
        hits += abs(first / len(x) - (total - first) / len(y)) >= observed - 1e-9
    # float32 margins may turn a tie
    ledger.note('mistakes: permutation p (hits that differ)', abs(row['p'] - (1 + hits) / (1 + asked.permutations)) * asked.permutations, f'store {row["p"]}', 3)


def hsic(k, l, debiased):
    n = len(k)
    if not debiased:
        h = np.eye(n) - 1 / n
        return np.sum((h @ k @ h) * l) / (n - 1) ** 2
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    return (np.sum(k * l) + k.sum() * l.sum() / (n - 1) / (n - 2) - 2 / (n - 2) * k.sum(0) @ l.sum(0)) / n / (n - 3)


def check_cka(study, asked):
    ledger, n, debiased = study.ledger, len(asked.data.splits['test'][1]), asked.estimator == 'debiased'
    count = asked.samples if asked.samples and asked.samples < n else n
    chosen = sorted(Random(asked.seed, 'cka', 'samples').permutation(n)[:count]) if count < n else range(n)
    blocks = [range(count)]
    if count > asked.fullUpTo:
        order, parts = Random(asked.seed, 'cka', 'minibatches').permutation(count), max(1, count // asked.minibatch)
        blocks = [order[k * count // parts : (k + 1) * count // parts] for k in range(parts)]
    images, grams, sizes = asked.data.images('test', chosen)[0], {}, {}
    for run, i in asked.runs.items():
        taps = {}
        with torch.no_grad():
            for part in images.split(64):
                forward(study.checkpoint(i, asked.at), part, taps)
        for module, values in taps.items():
            x = torch.cat(values)
            x = (x.mean((2, 3)) if asked.features == 'gap' and x.dim() == 4 else x.flatten(1)).double().numpy()
            label = module if asked.level == 'block' else module.split('.')[0]  # the last block of a stage stays
            grams[run, label], sizes[label] = [x[list(b)] @ x[list(b)].T for b in blocks], x.shape[1]
    wanted = [(a, b, m) for a, b in asked.pairs(True) for m in sizes if not (b == 'P' and m == 'fc')]
    what = f'cka: {asked.estimator}, {asked.level}, {asked.features}' + (f', {len(blocks)} minibatches' if len(blocks) > 1 else '')
    ratio = lambda kl, kk, ll: kl / math.sqrt(kk * ll)
    for (a, b, module), row in asked.rows(study, 'similarities', ('a', 'b', 'module'), wanted):
        parts = np.array([[hsic(*g, debiased) for g in ((k, l), (k, k), (l, l))] for k, l in zip(grams[a, module], grams[b, module])])
        value, where = ratio(*parts.sum(0)), f'{a} & {b} {module}'
        ledger.close(what, row['value'], value, where, 1e-2)
        if len(blocks) > 1:
            left = np.array([ratio(*(parts.sum(0) - part)) for part in parts])
        elif module in ('conv1', 'fc'):  # leaving every image out by hand is slow
            k, l = grams[a, module][0], grams[b, module][0]
            cut = lambda g, i: np.delete(np.delete(g, i, 0), i, 1)
            left = np.array([ratio(*(hsic(*g, debiased) for g in ((x, y), (x, x), (y, y)))) for x, y in ((cut(k, i), cut(l, i)) for i in range(count))])
        else:
            continue
        m = len(left)
        half = t_quantile(m - 1) * math.sqrt((m - 1) / m * ((left - left.mean()) ** 2).sum())
        for key, mine in (('low', max(-1, value - half)), ('high', min(1, value + half))):
            ledger.close('cka: jackknife interval', row[key], mine, f'{where} {key}', 1e-2)
        if not debiased:
            ledger.close('cka: random-feature baseline', row['baseline'], sizes[module] / (sizes[module] + count), where)


def check_distance(study, asked):
    ends = {r: (study.checkpoint(i, asked.at), study.checkpoint(i, 0)) for r, i in asked.runs.items()}
    modules = modules_of(next(iter(ends.values()))[0])
    wanted = [(a, b, m) for a, b in asked.pairs(True) for m in ['', *modules] if not (b == 'P' and m == 'fc')]
    for (a, b, module), row in asked.rows(study, 'distances', ('a', 'b', 'module'), wanted):
        names = modules[module] if module else [p for m in modules for p in modules[m] if not (b == 'P' and m == 'fc')]
        x, y, x0, y0 = (np.concatenate([params[p].ravel() for p in names]) for params in (ends[a][0], ends[b][0], ends[a][1], ends[b][1]))
        l2 = np.sqrt(((x - y) ** 2).sum())
        # a cosine is of updates from one start; for the network the modules (the head, as a rule) that had another are left out
        shared = [p for p in names if (ends[a][1][p] == ends[b][1][p]).all()]
        whole = [p for p in names if module or p not in modules['fc']]
        cosine = None
        if set(whole) <= set(shared):
            same = [m for m in ([module] if module else modules) if set(modules[m]) <= set(shared)]
            u, v = (np.concatenate([(ends[r][0][p] - ends[r][1][p]).ravel() for m in same for p in modules[m]]) for r in (a, b))
            cosine = u @ v / np.sqrt((u @ u) * (v @ v)) if (u @ u) * (v @ v) > 0 else None
        start = np.linalg.norm(x0)
        for key, mine in (('l2', l2), ('rms', l2 / math.sqrt(len(x))), ('relative', l2 / start if start > 0 else None), ('cosine', cosine)):
            study.ledger.close(f'distance: {key}', row[key], mine, f'{a} & {b} {module}')
        study.ledger.equal('distance: weights', row['weights'], len(x), f'{a} & {b} {module}')


def barriers_of(lambdas, costs, definition):
    """Largest excess over the line between the ends, or over their mean; costs [..., λ]. And where."""
    inside = [k for k, x in enumerate(lambdas) if 0 <= x <= 1]
    x, c = np.array(lambdas)[inside], costs[..., inside]
    first, last = c[..., :1], c[..., -1:]
    excess = c - ((1 - x) * first + x * last if definition == 'line' else (first + last) / 2)
    return excess.max(-1), x[excess.argmax(-1)]


def check_interpolation(study, asked):
    ledger, steps = study.ledger, asked.points - 1
    low, high = asked.extrapolate or (0, 1)
    lambdas = [k / steps for k in range(-10 * steps, 10 * steps) if low - 1e-9 <= k / steps <= high + 1e-9]
    stored = {(r['a'], r['b'], r['split'], r['batchNorm'], r['lambda']): r for r in asked.tables['paths']}
    walls = {(r['a'], r['b'], r['split'], r['batchNorm'], r['metric'], r['definition']): r for r in asked.tables['barriers']}
    pairs = asked.pairs(asked.withP)
    forms = ('raw', 're-estimated') if normalizes(study.checkpoint(asked.runs[asked.role('P-T')[0]], 0)) else ('none',)
    of_form = lambda form: [x for x in lambdas if form != 'raw' or 0 <= x <= 1]
    wanted = [(a, b, s, form, x) for a, b in pairs for s in asked.splits for form in forms for x in of_form(form)]
    ledger.equal('paths: rows', sorted(stored), sorted(wanted), '')
    ledger.equal('barriers: rows', len(walls), len(pairs) * len(asked.splits) * len(forms) * 4, '')
    for split in asked.splits:
        n = len(asked.data.splits[split][1])
        chosen = None
        if split == 'train' and asked.trainSamples and asked.trainSamples < n:
            chosen = sorted(Random(asked.seed, 'interpolation', split, 'samples').permutation(n)[: asked.trainSamples])
        images, labels = asked.data.images(split, chosen)
        n = len(labels)
        drawn = draws(n, asked.resamples, asked.seed, 'interpolation', split) / n
        others = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), 4000) / n
        for (a, b), form in ((pair, form) for pair in pairs for form in forms):
            ends, xs = [study.checkpoint(asked.runs[r], asked.at) for r in (a, b)], of_form(form)
            # P's head has other classes: on the way to P only the body moves
            head = modules_of(ends[0])['fc'] if b == 'P' else []
            ends[1] = ends[1] | {name: ends[0][name] for name in head}
            mixes = [{p: (1 - x) * ends[0][p] + x * ends[1][p] for p in ends[0]} for x in xs]
            fit = lambda params: fitted(params, asked.data, asked.seed, asked.batchNormImages) if form == 're-estimated' else params
            path = [evaluate(fit(params), images, labels) for params in mixes]
            check_path(study, asked, (a, b, split, form), path, xs, stored, walls, drawn, others)


def check_path(study, asked, key, path, lambdas, stored, walls, drawn, others):
    """One path of one split and form: its rows, its barriers by both definitions, their intervals on the same draws and on others."""
    ledger, (a, b, split, form), n = study.ledger, key, len(path[0].right)
    values = {'loss': np.array([o.loss for o in path]), 'accuracy': np.array([o.right for o in path])}
    for k, x in enumerate(lambdas):
        row, where = stored[(*key, x)], f'{a} & {b} {split} {form} λ={x}'
        ledger.equal('interpolation: n', row['n'], n, where)
        ledger.close('interpolation: loss', row['loss'], values['loss'][k].mean(), where)
        compare_accuracy(ledger, 'interpolation: accuracy', row['accuracy'], path[k], where)
        if not path[k].ties:
            bounds(ledger, 'interpolation: intervals (same draws)', row, drawn @ values['accuracy'][k], where, 'accuracyLow', 'accuracyHigh', of=shares_of(n, 0))
        bounds(ledger, 'interpolation: intervals (same draws)', row, drawn @ values['loss'][k], where, 'lossLow', 'lossHigh')
    for metric, scores in values.items():
        cost = lambda means: means if metric == 'loss' else 1 - means
        for definition in ('line', 'mean'):
            row, where = walls[(*key, metric, definition)], f'{a} & {b} {split} {form} {metric} {definition}'
            verdict = row['high'] < getattr(asked, 'oneBasin', 0.02) if (split, metric, definition) == ('test', 'accuracy', 'line') and form != 'raw' else None
            ledger.equal('barrier: one basin', row['oneBasin'], verdict, where)
            if metric == 'accuracy' and sum(o.ties for o in path):
                continue
            barrier, at = barriers_of(lambdas, cost(scores.mean(1)), definition)
            # a line's barrier is never below zero
            of = interval if metric == 'loss' else shares_of(n, 0 if definition == 'line' else -1)
            ledger.close(f'barrier: {metric}, {definition}', row['barrier'], float(barrier), where, 1e-2)
            ledger.equal('barrier: λ', row['lambda'], float(at), where)
            bounds(ledger, 'barrier: interval (same draws)', row, barriers_of(lambdas, cost(drawn @ scores.T), definition)[0], where, floor=1e-2, of=of)
            own = of(barriers_of(lambdas, cost(others @ scores.T), definition)[0])
            off = max(abs(row['low'] - own[0]), abs(row['high'] - own[1])) / max(own[1] - own[0], 2 / n)
            ledger.note('barrier: interval, other draws (of its width)', off, where, 0.25)


CHECKS = {
    'learning-curves': check_curves,
    'mistakes': check_mistakes,
    'cka': check_cka,
    'distance': check_distance,
    'interpolation': check_interpolation,
    'rewind': check_rewind,
    'criticality': check_criticality,
}
