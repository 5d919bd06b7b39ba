"""Weight matching (Ainsworth et al., 2209.04836) for basic-block residual networks, with the groups of units written by hand."""
import re

import numpy as np

from stored import Random


def units_of(params):
    """Group → [(parameter, axis)]: channels of the stem and first stage, of every later stage, and inside every block. In the order of the parameters."""
    groups = {}
    add = lambda group, name, axis: groups.setdefault(group, []).append((name, axis))
    stream = lambda stage: f'stream {max(1, stage)}'
    last = max(int(m.group(1)) for m in map(re.compile(r'layer(\d+)').match, params) if m)
    for name, value in params.items():
        if value.ndim == 0 or value.size == 1:
            continue
        found = re.match(r'layer(\d+)\.(\d+)\.(.+)', name)
        if not found:
            if name == 'fc.weight':
                add(stream(last), name, 1)
            elif not name.startswith('fc'):
                add(stream(1), name, 0)
            continue
        stage, index, rest = int(found.group(1)), int(found.group(2)), found.group(3)
        inner, before = f'inside {stage}.{index}', stream(stage - 1 if index == 0 else stage)
        if rest == 'conv1.weight':
            add(before, name, 1), add(inner, name, 0)
        elif rest.startswith('bn1'):
            add(inner, name, 0)
        elif rest == 'conv2.weight':
            add(inner, name, 1), add(stream(stage), name, 0)
        elif rest in ('downsample.weight', 'downsample.0.weight'):
            add(before, name, 1), add(stream(stage), name, 0)
        else:
            add(stream(stage), name, 0)
    place = {name: k for k, name in enumerate(params)}
    # named by the first member, and listed so; of one parameter its first axis comes first
    members = [sorted(m, key=lambda each: (place[each[0]], each[1])) for m in groups.values()]
    members.sort(key=lambda m: (place[m[0][0]], m[0][1]))
    return {m[0][0]: m for m in members}


def hungarian(gain):
    """The order with the largest Σ gain[i, order[i]] (Kuhn 1955, shortest augmenting paths)."""
    cost, n = -gain, len(gain)
    u, v, owner = np.zeros(n + 1), np.zeros(n + 1), np.full(n + 1, -1)
    for row in range(n):
        owner[n], column, least, back, used = row, n, np.full(n, np.inf), np.full(n, -1), np.zeros(n + 1, bool)
        while owner[column] >= 0:
            used[column] = True
            i = owner[column]
            slack = cost[i] - u[i] - v[:n]
            better = ~used[:n] & (slack < least)
            least[better], back[better] = slack[better], column
            nearest = int(np.argmin(np.where(used[:n], np.inf, least)))
            step = least[nearest]
            for j in np.flatnonzero(used):
                u[owner[j]] += step
                v[j] -= step
            least[~used[:n]] -= step
            column = nearest
        while column != n:
            owner[column] = owner[back[column]]
            column = back[column]
    order = np.zeros(n, int)
    order[owner[:n]] = np.arange(n)
    return order


def permuted(params, members, order):
    return params | {name: np.take(params[name], order, axis) for name, axis in members}


def best_order(a, b, members):
    rows = lambda params, name, axis: np.moveaxis(params[name], axis, 0).reshape(params[name].shape[axis], -1)
    return hungarian(sum(rows(a, *m) @ rows(b, *m).T for m in members if 'running_' not in m[0]))


def likeness(a, b):
    return sum((a[p] * b[p]).sum() for p in a if 'running_' not in p)


def descend(a, b, groups, orders, seed):
    for sweep in range(100):
        improved = False
        for k in Random(seed, 'alignment', 'sweep', sweep).permutation(len(groups)):
            name = list(groups)[k]
            order = best_order(a, b, groups[name])
            after = permuted(b, groups[name], order)
            was, now = likeness(a, b), likeness(a, after)
            if now > was + 1e-9 * abs(was):
                b, orders, improved = after, orders | {name: orders[name][order]}, True
        if not improved:
            return b, orders


def match(a, b, groups, seed):
    """The better of two descents: from b as it is, and from groups matched once from the input on by what is matched already."""
    same = {name: np.arange(b[m[0][0]].shape[m[0][1]]) for name, m in groups.items()}
    forward, orders, open_groups = b, dict(same), list(groups)
    for name in groups:
        open_groups.remove(name)
        unsettled = {p for other in open_groups for p, _ in groups[other]}
        settled = [m for m in groups[name] if m[0] not in unsettled] or groups[name]
        order = best_order(a, forward, settled)
        forward, orders[name] = permuted(forward, groups[name], order), orders[name][order]
    ends = [descend(a, b, groups, same, seed), descend(a, forward, groups, orders, seed)]
    return max(ends, key=lambda end: likeness(a, end[0]))
