"""The analyses as plain PyTorch and NumPy loops over full forward passes."""
import math
import re

import numpy as np
import torch
import torch.nn.functional as F

import emoji
from networks import build

BATCH = 64


def open_analysis(job):
    splits, classes, statistics = emoji.load(emoji.STYLES[:job['styles']])
    data = {name: (emoji.normalized(images, statistics), labels) for name, (images, labels) in splits.items()}
    shape = {'batch': BATCH, 'channels': 3, 'height': 32, 'width': 32, 'classes': classes}
    models = [build(job['network'], shape).eval() for _ in range(2)]
    run = {'cka': cka, 'interpolation': interpolation, 'rewind': rewind, 'criticality': criticality}[job['kind']]
    return lambda: run(models, data, job['options'])


@torch.inference_mode()
def outcomes(model, images, labels):
    """Loss and right answers of every image."""
    logits = torch.cat([model(part) for part in images.split(BATCH)])
    return F.cross_entropy(logits, labels, reduction='none').numpy(), (logits.argmax(1) == labels).float().numpy()


def resampled(values, count, rng):
    """Percentile bootstrap of means over images; `values` [n] or [rows, n]."""
    n = np.shape(values)[-1]
    draws = rng.multinomial(n, np.full(n, 1 / n), count) / n
    return np.percentile(draws @ np.transpose(values), [2.5, 97.5], axis=0)


def hsic(k, l):
    """HSIC₁ (Song et al. 2012) of Grams with empty diagonals."""
    n = len(k)
    return ((k * l).sum() + k.sum() * l.sum() / (n - 1) / (n - 2) - 2 / (n - 2) * k.sum(0) @ l.sum(0)) / n / (n - 3)


@torch.inference_mode()
def grams(model, images):
    """The Gram of what leaves the stem, every stage and the head."""
    parts = [[x.flatten(1) for x in model.stages(part)] for part in images.split(BATCH)]
    found = []
    for features in zip(*parts):
        x = torch.cat(features)
        k = (x @ x.T).double().fill_diagonal_(0)
        found.append(k)
    return found


def cka(models, data, options):
    images = data['test'][0][: options['samples']]
    a, b = (grams(model, images) for model in models)
    return [(hsic(k, l) / math.sqrt(hsic(k, k) * hsic(l, l))).item() for k, l in zip(a, b)]


def state_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def interpolation(models, data, options, resamples=1000):
    images, labels = data['test']
    a, b = (state_of(model) for model in models)
    walker, rng, path = models[0], np.random.default_rng(1), []
    for x in np.linspace(0, 1, options['points']):
        walker.load_state_dict({name: (1 - x) * a[name] + x * b[name] for name in a})
        path.append(outcomes(walker, images, labels))
    walker.load_state_dict(a)
    loss, right = (np.stack(each) for each in zip(*path))
    return resampled(loss, resamples, rng), resampled(right, resamples, rng)


def rewind(models, data, options, resamples=1000):
    """Each module at its start, all others at their end."""
    images, labels = data['test']
    start, final = (state_of(model) for model in models)
    walker, rng, found = models[1], np.random.default_rng(1), []
    whole = outcomes(walker, images, labels)[1]
    for names in walker.modules_by_name().values():
        walker.load_state_dict({**final, **{name: start[name] for name in names}})
        found.append(whole - outcomes(walker, images, labels)[1])
    walker.load_state_dict(final)
    return resampled(np.stack(found), resamples, rng)


def grouped(modules, pattern):
    """Modules in whose names the pattern finds the same text, together."""
    groups = {}
    for module, names in modules.items():
        groups.setdefault(re.search(pattern, module).group(), []).extend(names)
    return groups


def criticality(models, data, options):
    """Mean 0-1 error at every α and σ of every module's path, over draws with common random numbers."""
    images, labels = (each[: options['samples']] for each in data['train'])
    start, final = (state_of(model) for model in models)
    walker, surface = models[1], {}
    for module, names in grouped(walker.modules_by_name(), options['modules']).items():
        noise = [{name: torch.randn(final[name].shape, generator=torch.Generator().manual_seed(d)) for name in names} for d in range(options['draws'])]
        size = math.sqrt(sum(final[name].square().sum().item() for name in names) / sum(final[name].numel() for name in names))
        for alpha in np.linspace(0, 1, options['alphas']):
            for sigma in np.geomspace(0.01, 1, options['sigmas']):
                errors = []
                for draw in noise:
                    moved = {name: (1 - alpha) * start[name] + alpha * final[name] + sigma * size * draw[name] for name in names}
                    walker.load_state_dict({**final, **moved})
                    errors.append(1 - outcomes(walker, images, labels)[1].mean())
                surface[module, alpha, sigma] = np.mean(errors)
    walker.load_state_dict(final)
    return surface
