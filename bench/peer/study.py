"""The demo study in PyTorch: the same images, networks, recipes, epochs and analyses; runs side by side, one thread each."""
import math
import multiprocessing
import re

import numpy as np
import torch
import torch.nn.functional as F

import emoji
from analyses import BATCH, grams, hsic, outcomes, resampled, state_of
from networks import build

SHAPE = {'width': 32}
RESAMPLES = 1000


def open_study(job):
    return lambda: study(job['study'], job['threads'])


def study(asked, threads):
    on, targets = asked['pretrain']['on'], asked['targets']
    pretrained = train((asked, on, asked['pretrain']['recipe'], asked['pretrain']['seeds'], None))
    runs = [
        (target, arm['role'], (asked, target, arm['recipe'], seeds, pretrained['final'] if arm['role'] == 'P-T' else None))
        for target in targets for arm in asked['arms'] for seeds in arm['seeds']
    ]
    with multiprocessing.get_context('spawn').Pool(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        trained = pool.map(train, [each for _, _, each in runs], chunksize=1)
        found = {target: [('P', pretrained)] + [(role, run) for (where, role, _), run in zip(runs, trained) if where == target] for target in targets}
        return pool.map(analyse, [(asked, target, found[target]) for target in targets], chunksize=1)


def data_of(asked, name):
    splits, classes, statistics = emoji.load(asked['data'][name]['domains'])
    return {split: (emoji.normalized(images, statistics), labels) for split, (images, labels) in splits.items()}, splits['train'][0], classes, statistics


def augmented(images, statistics, generator):
    """A random crop of the image with 3 white pixels around it, and a flip of every other one; all images of a batch at once."""
    n, _, side, _ = images.shape
    padded = F.pad(images, (3, 3, 3, 3), value=255)
    rows, columns = torch.randint(7, (2, n, 1), generator=generator) + torch.arange(side)
    flip = torch.rand(n, 1, generator=generator) < 0.5
    columns = torch.where(flip, columns.flip(1), columns)
    cut = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return emoji.normalized(cut.permute(0, 3, 1, 2), statistics)


def rate_at(recipe, step, steps):
    warmup = round(recipe['schedule']['warmup'] * steps)
    if step < warmup:
        return recipe['rate'] * (step + 1) / (warmup + 1)
    return recipe['rate'] * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


def train(job):
    asked, on, recipe, seeds, initial = job
    assert recipe['schedule']['name'] == 'cosine'
    torch.manual_seed(seeds['init'])
    generator = torch.Generator().manual_seed(seeds['order'])
    data, pixels, classes, statistics = data_of(asked, on)
    model = build(asked['network'], {**SHAPE, 'classes': classes})
    if initial:
        model.load_state_dict({name: value for name, value in initial.items() if not name.startswith('fc.')}, strict=False)
    factor = lambda name: next((each['factor'] for each in recipe['multipliers'] if re.search(each['pattern'], name)), 1)
    groups = {}
    for name, value in model.named_parameters():
        # scalars: 'before' and 'after' are the biases of a block
        groups.setdefault(factor(name.replace('before', 'bias').replace('after', 'bias')), []).append(value)
    optimizer = torch.optim.SGD(
        [{'params': values, 'factor': f} for f, values in groups.items()], lr=1, momentum=recipe['momentum'], weight_decay=recipe['weightDecay']
    )
    kept, rows, batch, labels = {'initial': state_of(model)}, [], recipe['batch'], data['train'][1]
    steps_per_epoch = len(labels) // batch
    steps = recipe['epochs'] * steps_per_epoch
    rows.append([outcomes(model, *data[split])[1].mean() for split in ('train', 'val', 'test')])
    for epoch in range(recipe['epochs']):
        order, right = torch.randperm(len(labels), generator=generator), 0
        for k in range(steps_per_epoch):
            chosen = order[k * batch : (k + 1) * batch]
            logits = model(augmented(pixels[chosen], statistics, generator))
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(logits, labels[chosen]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe['clip'])
            for group in optimizer.param_groups:
                group['lr'] = rate_at(recipe, epoch * steps_per_epoch + k, steps) * group['factor']
            optimizer.step()
            right += (logits.argmax(1) == labels[chosen]).sum().item()
        rows.append([right / steps_per_epoch / batch] + [outcomes(model, *data[split])[1].mean() for split in ('val', 'test')])
        if rows[-1][1] > max([row[1] for row in rows[1:-1]], default=-1):
            kept['best'] = state_of(model)
    kept['final'] = state_of(model)
    return {**kept, 'rows': rows, 'classes': classes}


def analyse(job):
    """Learning curves, mistakes, CKA, distance and interpolation of one target, with intervals."""
    asked, target, runs = job
    data, _, classes, _ = data_of(asked, target)
    options = {each['name']: each['options'] for each in asked['analyses']}
    model = build(asked['network'], {**SHAPE, 'classes': classes}).eval()
    rng, trained = np.random.default_rng(1), [run for role, run in runs if role != 'P']
    images, labels = data['test']

    def at(state):
        model.load_state_dict(state)
        return outcomes(model, images, labels)

    curves = [resampled(at(run[end])[1], RESAMPLES, rng) for run in trained for end in ('best', 'final')]
    right = [at(run['final'])[1] for run in trained]
    pairs = [(i, j) for i in range(len(trained)) for j in range(i)]
    mistakes = [kappa(right[i], right[j], rng) for i, j in pairs]
    return curves, mistakes, similarities(asked, runs, images), distances(runs), paths(model, trained, pairs, data, options['interpolation'], rng)


def kappa(a, b, rng):
    """Cohen's κ of two networks' right answers, and its bootstrap interval."""
    n = len(a)
    draws = np.concatenate([np.full((1, n), 1 / n), rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n])
    same, p, q = draws @ (a == b), draws @ a, draws @ b
    chance = p * q + (1 - p) * (1 - q)
    values = (same - chance) / (1 - chance)
    return values[0], np.percentile(values[1:], [2.5, 97.5])


def similarities(asked, runs, images):
    """Debiased CKA of every pair and module, with a jackknife over images."""
    found = []
    for _, run in runs:
        model = build(asked['network'], {**SHAPE, 'classes': run['classes']}).eval()
        model.load_state_dict(run['final'])
        found.append([k.numpy() for k in grams(model, images)])
    return [[jackknifed(k, l) for k, l in zip(a, b)] for i, a in enumerate(found) for b in found[:i]]


def jackknifed(k, l):
    kl, kk, ll = (left_out(*each) for each in ((k, l), (k, k), (l, l)))
    values = kl[1] / np.sqrt(kk[1] * ll[1])
    return kl[0] / math.sqrt(kk[0] * ll[0]), math.sqrt((len(k) - 1) / len(k) * ((values - values.mean()) ** 2).sum())


def left_out(k, l):
    """HSIC₁ of all images, and with each one left out: sums lose a row and a column."""
    n, products, r, s = len(k), k * l, k.sum(1), l.sum(1)
    trace = products.sum() - 2 * products.sum(1)
    sums_k, sums_l = k.sum() - 2 * r, l.sum() - 2 * s
    cross = r @ s - r * s - k @ s - l @ r + (k * l).sum(1)
    m = n - 1
    return hsic(k, l), (trace + sums_k * sums_l / (m - 1) / (m - 2) - 2 / (m - 2) * cross) / m / (m - 3)


def distances(runs):
    return [
        {name: (x[name] - y[name]).norm().item() for name in x if x[name].shape == y[name].shape}
        for i, (_, a) in enumerate(runs) for _, b in runs[:i] for x, y in [(a['final'], b['final'])]
    ]


def paths(model, trained, pairs, data, options, rng):
    """Loss and accuracy on the line between every pair, beyond both ends too, and the barrier's interval."""
    low, high = options['extrapolate'] or (0, 1)
    spacing = 1 / (options['points'] - 1)
    lambdas = np.arange(round(low / spacing), round(high / spacing) + 1) * spacing
    inside = (lambdas > -1e-9) & (lambdas < 1 + 1e-9)
    found = []
    for split in options['splits']:
        images, labels = (each[: options['trainSamples'] if split == 'train' else None] for each in data[split])
        n = len(labels)
        draws = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n
        for i, j in pairs:
            a, b = trained[i]['final'], trained[j]['final']
            path = []
            for x in lambdas:
                model.load_state_dict({name: (1 - x) * a[name] + x * b[name] for name in a})
                path.append(outcomes(model, images, labels))
            for values in (np.stack(each) for each in zip(*path)):
                means = draws @ values.T
                line = means[:, inside]
                ends = line[:, :1] + (line[:, -1:] - line[:, :1]) * lambdas[inside]
                found.append((np.percentile(means, [2.5, 97.5], axis=0), np.percentile((line - ends).max(1), [2.5, 97.5])))
    return found
