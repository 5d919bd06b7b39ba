"""The analyses that train networks of their own once more: block shuffle and choice of checkpoints."""
import math
from collections import Counter

import numpy as np

from decisions import close_all, features_of, ridge
from ledger import compare_accuracy
from network import evaluate, fitted
from stored import Random, draws, interval, share_interval, t_quantile


def student(values):
    half = t_quantile(len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else None
    return (None, None) if half is None else (np.mean(values) - half, np.mean(values) + half)


def welch(a, b):
    if min(len(a), len(b)) < 2:
        return None, None
    u, v = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    gap = np.mean(a) - np.mean(b)
    if u + v == 0:
        return gap, gap
    half = t_quantile((u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))) * math.sqrt(u + v)
    return gap - half, gap + half


def ranks(values):
    values = np.asarray(values)
    return np.array([(values < x).sum() + ((values == x).sum() + 1) / 2 for x in values])


def spearman(x, y):
    a, b = ranks(x) - ranks(x).mean(), ranks(y) - ranks(y).mean()
    return (a @ b) / math.sqrt((a @ a) * (b @ b)) if (a @ a) * (b @ b) > 0 else math.nan


def kendall(x, y):
    """τ-b over all ordered pairs."""
    a, b = (np.sign(np.subtract.outer(v, v)) for v in (np.asarray(x), np.asarray(y)))
    both = math.sqrt((a**2).sum() * (b**2).sum())
    return (a * b).sum() / both if both > 0 else math.nan


def speed_of(study, i):
    return np.mean([row['trainAccuracy'] for row in study.rows(i) if row['epoch'] > 0])


def check_block_shuffle(study, asked):
    ledger, labels = study.ledger, asked.data.splits['test'][1]
    n = len(labels)
    weights, chance = draws(n, asked.resamples, asked.seed, 'block-shuffle') / n, max(Counter(labels.tolist()).values()) / n
    right, speed, ties = {}, {}, 0
    for each in asked.sweep:
        i, size = asked.runs[each['name']], each['variant']['size']
        data = study.data_of(i)
        shuffle = json_shuffle(study, i)
        ledger.equal('block-shuffle: the images of a run', str(shuffle['block'] if shuffle else data.splits['test'][2].shape[-1]), size, each['name'])
        found = study.outcome(i, asked.at)
        ties += found.ties
        right.setdefault((size, each['role']), []).append(found.right)
        speed.setdefault((size, each['role']), []).append(speed_of(study, i))
        epochs = {(r['epoch'], r['split']): r['accuracy'] for r in asked.tables['epochs'] if r['run'] == each['name']}
        rows = study.rows(i)
        mine = {(r['epoch'], s): r[f'{s}Accuracy'] for r in rows for s in ('train', 'test')}
        ledger.equal('block-shuffle: epochs', epochs, mine, each['name'])
    sizes = [str(s) for s in sorted(asked.sizes, key=lambda s: 0 if s == '*' else s)]
    ledger.equal('block-shuffle: levels', [(r['size'], r['role']) for r in asked.tables['levels']], [(s, role) for s in sizes for role in ('P-T', 'RI-T')], '')
    mean = {key: np.mean(columns, 0) for key, columns in right.items()}
    for row in asked.tables['levels']:
        key, where = (row['size'], row['role']), f'{row["role"]} block {row["size"]}'
        low, high = share_interval(weights @ mean[key], n, 0)
        slow, fast = student(speed[key])
        if not ties:
            close_all(ledger, 'block-shuffle: levels (same draws)', row, dict(accuracy=mean[key].mean(), low=low, high=high), where)
        close_all(ledger, 'block-shuffle: speed, chance', row, dict(speed=np.mean(speed[key]), speedLow=slow, speedHigh=fast, chance=chance), where)
    for row in asked.tables['gaps']:
        p, r, where = mean[row['size'], 'P-T'], mean[row['size'], 'RI-T'], f'{row["metric"]} block {row["size"]}'
        if row['metric'] == 'speed':
            a, b = speed[row['size'], 'P-T'], speed[row['size'], 'RI-T']
            low, high = welch(a, b)
            close_all(ledger, 'block-shuffle: gaps (same draws)', row, dict(pretrained=np.mean(a), random=np.mean(b), gap=np.mean(a) - np.mean(b), low=low, high=high), where)
            continue
        low, high = share_interval(weights @ p - weights @ r, n)
        mine = dict(pretrained=p.mean(), random=r.mean(), gap=p.mean() - r.mean(), low=low, high=high, relative=None, relativeLow=None, relativeHigh=None)
        if interval(weights @ p)[0] > chance:
            relative = interval((weights @ p - weights @ r) / (weights @ p))
            mine |= dict(relative=1 - r.mean() / p.mean(), relativeLow=relative[0], relativeHigh=relative[1])
        close_all(ledger, 'block-shuffle: gaps (same draws)', row, mine, where, 1e-3)
    blocks = [s for s in sizes if s != '*']
    sides = [int(s) for s in blocks]
    levels = lambda average: np.array([[average(mean[s, role]) for s in blocks] for role in ('P-T', 'RI-T')])
    for row in asked.tables['trends']:
        if row['measure'] == 'speed kept':
            kept = {role: [a / b for a, b in zip(speed[blocks[0], role], speed[blocks[-1], role])] for role in ('P-T', 'RI-T')}
            low, high = welch(kept['P-T'], kept['RI-T'])
            mine = dict(pretrained=np.mean(kept['P-T']), random=np.mean(kept['RI-T']), value=np.mean(kept['P-T']) - np.mean(kept['RI-T']), low=low, high=high)
        else:
            trend = lambda found: spearman(sides, found[0] - found[1] if row['measure'] == 'absolute gap' else 1 - found[1] / found[0])
            # over two sizes a rank correlation is ±1 whatever the gaps are
            touches = len(sides) < 3 or row['measure'] == 'relative gap' and any(interval(weights @ mean[s, 'P-T'])[0] <= chance for s in blocks)
            value = None if touches else trend(levels(np.mean))
            low, high = (None, None) if touches else interval([trend(levels(lambda column: w @ column)) for w in weights])
            mine = dict(value=value, low=low, high=high)
        close_all(ledger, 'block-shuffle: trends (same draws)', row, mine, row['measure'], 1e-3)


def json_shuffle(study, i):
    return study.steps[study.steps[i]['inputs']['data']['step']]['options'].get('shuffle')


def evidence(features, y):
    """The evidence of You et al. 2021, eq. 2, by the determinant and the posterior mean themselves, at MacKay's fixed point; divided by n."""
    n, d = features.shape
    gram, alpha, beta = features.T @ features, 1.0, 1.0
    for _ in range(1000):
        inverse = np.linalg.inv(alpha * np.eye(d) + beta * gram)
        m = beta * inverse @ features.T @ y
        gamma, rest = beta * np.trace(inverse @ gram), ((features @ m - y) ** 2).sum()
        value = (n * math.log(beta) + d * math.log(alpha) - n * math.log(2 * math.pi) - beta * rest - alpha * m @ m - np.linalg.slogdet(alpha * np.eye(d) + beta * gram)[1]) / 2
        after = gamma / (m @ m), (n - gamma) / rest
        if abs(after[0] / after[1] / (alpha / beta) - 1) < 1e-11:
            break
        alpha, beta = after
    return value / n


def logme(features, labels):
    columns = [(labels == label).astype(float) for label in np.unique(labels)]
    return np.mean([evidence(features, y) for y in columns if not y.all()])


def neighbours(known, labels, rows, k):
    unit = lambda x: x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-300)
    likeness = unit(rows) @ unit(known).T
    found = []
    for row in likeness:
        near = labels[np.argsort(-row, kind='stable')[:k]]
        counts = Counter(near.tolist())
        found.append(next(c for c in near.tolist() if counts[c] == max(counts.values())))
    return np.array(found)


def check_checkpoint_choice(study, asked):
    ledger, (images, labels) = study.ledger, asked.data.images('test')
    n, epochs = len(labels), sorted({each['variant']['epoch'] for each in asked.sweep})
    weights = draws(n, asked.resamples, asked.seed, 'checkpoint-choice') / n
    runs = {e: [asked.runs[each['name']] for each in asked.sweep if each['variant']['epoch'] == e] for e in epochs}
    for e in epochs:
        for i in runs[e]:
            start = study.steps[i]['inputs']['initial']
            ledger.equal('checkpoint-choice: started from', (start['step'], study.file_of(start['step'], start['at'])), (asked.runs['P'], study.file_of(asked.runs['P'], e)), f'epoch {e}')
    mean = {e: np.mean([study.outcome(i, asked.at).right for i in runs[e]], 0) for e in epochs}
    best = max(epochs, key=lambda e: mean[e].mean())
    source = {row['epoch']: row['testAccuracy'] for row in study.rows(asked.runs['P'])}
    some = lambda split: sorted(Random(asked.seed, 'checkpoint-choice', split, 'samples').permutation(m)[: asked.samples]) if (m := len(asked.data.splits[split][1])) > (asked.samples or math.inf) else None
    known, known_labels = asked.data.images('train', some('train'))
    seen, seen_labels = asked.data.images('test', some('test'))
    ledger.equal('checkpoint-choice: epochs', [row['epoch'] for row in asked.tables['epochs']], epochs, '')
    for row in asked.tables['epochs']:
        e = row['epoch']
        where, own = f'epoch {e}', [speed_of(study, i) for i in runs[e]]
        low, high = share_interval(weights @ mean[e], n, 0)
        # the best is not behind itself
        behind = (0, 0) if e == best else share_interval(weights @ mean[best] - weights @ mean[e], n)
        slow, fast = student(own)
        mine = dict(accuracy=mean[e].mean(), low=low, high=high, behind=mean[best].mean() - mean[e].mean(), behindLow=behind[0], behindHigh=behind[1], speed=np.mean(own), speedLow=slow, speedHigh=fast, sourceAccuracy=source[e], chance=max(Counter(labels.tolist()).values()) / n)
        p, m, z = source[e], len(study.data_of(asked.runs['P']).splits['test'][1]), 1.959963984540054
        # Wilson: the θ with |p − θ| = z √(θ(1 − θ)/m), roots of (1 + z²/m)θ² − (2p + z²/m)θ + p²
        roots = sorted(np.roots([1 + z * z / m, -(2 * p + z * z / m), p * p]).real)
        mine |= dict(sourceLow=roots[0], sourceHigh=roots[1], sourceN=m)
        close_all(ledger, 'checkpoint-choice: accuracy, speed (same draws)', row, mine, where, 1e-3)
        if e < epochs[-1]:
            barriers = []
            for i, last in zip(runs[e], runs[epochs[-1]]):
                a, b = study.checkpoint(i, asked.at), study.checkpoint(last, asked.at)
                grid = np.arange(asked.points) / (asked.points - 1)
                path = [evaluate(fitted({p: (1 - x) * a[p] + x * b[p] for p in a}, asked.data, asked.seed), images, labels) for x in grid]
                right = np.array([o.right for o in path])
                wall = lambda levels: ((1 - grid) * levels[0] + grid * levels[-1] - levels).max()
                barriers.append((wall(right.mean(1)), *share_interval([wall(right @ w) for w in weights], n, 0), sum(o.ties for o in path)))
            value, low, high, _ = max(barriers, key=lambda each: each[0])
            if not sum(each[3] for each in barriers):
                close_all(ledger, 'checkpoint-choice: barrier (same draws)', row, dict(barrier=value, barrierLow=low, barrierHigh=high), where, 1e-2)
        params = study.checkpoint(asked.runs['P'], e)
        x, y = features_of(params, known), features_of(params, seen)
        close_all(ledger, 'checkpoint-choice: LogME', row, dict(logme=logme(x, known_labels)), where)
        for key, said in (('probe', ridge(x, known_labels, len(asked.data.classes))(y)), ('neighbours', neighbours(x, known_labels, y, asked.neighbours))):
            # two outputs, or two neighbours, may be as good as equal in float32
            ledger.note('checkpoint-choice: probe and neighbours (images that differ)', abs(row[key] - (said == seen_labels).mean()) * len(said), f'{where} {key}', 1.01)
    for row in asked.tables['predictors']:
        key = {'source accuracy': 'sourceAccuracy', 'LogME': 'logme', 'linear probe': 'probe', 'nearest neighbours': 'neighbours'}[row['predictor']]
        pairs = [(r[key], r['accuracy']) for r in asked.tables['epochs'] if r[key] is not None]
        x, y = map(np.array, zip(*pairs))
        ledger.equal('checkpoint-choice: epochs of a correlation', (row['epochs'], row['spearman'] is None), (len(x), len(x) < 4 or bool(np.isnan(spearman(x, y)))), row['predictor'])
        if row['spearman'] is None:
            continue
        drawn = [np.repeat(np.arange(len(x)), counts.astype(int)) for counts in draws(len(x), asked.resamples, asked.seed, 'checkpoint-choice', 'epochs')]
        for name, measure in (('spearman', spearman), ('kendall', kendall)):
            low, high = interval([measure(x[i], y[i]) for i in drawn])
            close_all(ledger, 'checkpoint-choice: rank correlations (same draws)', row, {name: measure(x, y), f'{name}Low': low, f'{name}High': high}, row['predictor'])


SWEEP_CHECKS = {'block-shuffle': check_block_shuffle, 'checkpoint-choice': check_checkpoint_choice}
