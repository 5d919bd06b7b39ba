"""The (ε, δ)-basin of two networks once more: the segment, μ, ε, and the margins at every δ that was tried."""
import math

import numpy as np

from decisions import close_all
from landscape import chosen_images, mixed
from network import evaluate, fitted, is_buffer
from stored import Random, draws, interval


class Line:
    def __init__(self, study, asked, row):
        self.asked, self.images = asked, chosen_images(asked, 'basin')
        self.ends = [study.checkpoint(asked.runs[row[side]], asked.at) for side in 'ab']
        names = [p for p in self.ends[0] if not is_buffer(p)]
        self.weights = sum(self.ends[0][p].size for p in names)
        self.length = math.sqrt(sum(((self.ends[0][p] - self.ends[1][p]) ** 2).sum() for p in names))
        self.known, self.noises, self.names = {}, {}, names

    def noise(self, draw):
        if draw not in self.noises:
            streams = {p: Random(self.asked.seed, 'basin', 'noise', draw, p) for p in self.names}
            self.noises[draw] = {p: np.reshape([g.normal() for _ in range(self.ends[0][p].size)], self.ends[0][p].shape) for p, g in streams.items()}
        return self.noises[draw]

    def loss(self, t, deviation=0, draw=None):
        if (t, deviation, draw) not in self.known:
            params = mixed(self.ends, (1 - t, t))
            if draw is not None:
                params |= {p: params[p] + deviation * z for p, z in self.noise(draw).items()}
            found = evaluate(fitted(params, self.asked.data, self.asked.seed), *self.images)
            self.known[t, deviation, draw] = 1 - found.right.mean() if self.asked.loss == 'error' else found.loss.mean()
        return self.known[t, deviation, draw]


def check_basin(study, asked):
    ledger = study.ledger
    for row in asked.tables['basins']:
        line, where = Line(study, asked, row), f'{row["a"]} & {row["b"]}'
        own = lambda table: [r for r in asked.tables[table] if (r['a'], r['b']) == (row['a'], row['b'])]
        for each in own('losses'):
            ledger.close('basin: loss on the line', each['value'], line.loss(each['t']), f'{where} t={each["t"]:.3f}', limit=1e-3)
        start, end = row['from'], row['to']
        close_all(ledger, 'basin: size, weights', row, dict(size=(end - start) * line.length, weights=line.weights, n=len(line.images[1])), where)
        if asked.rise is not None:
            level = max(line.loss(0), line.loss(1)) + asked.rise
            close_all(ledger, 'basin: level', row, dict(level=level), where, limit=1e-3)
            # inside at the boundary, outside one step of 1/64 beyond it
            for edge, out in ((start, -1), (end, 1)):
                ledger.equal('basin: boundary is inside', line.loss(edge) <= level * (1 + 1e-5), True, f'{where} t={edge}')
                if not row['edge']:
                    ledger.equal('basin: beyond it is outside', line.loss(edge + out / 64) > level * (1 - 1e-5), True, f'{where} t={edge}')
        if row['mu'] is None:
            continue
        uniform = Random(asked.seed, 'basin', 'points')
        inside = np.array([line.loss(start + (end - start) * uniform.uniform()) for _ in range(asked.draws)])
        lengths = [abs(Random(asked.seed, 'basin', 'beyond', d).normal()) for d in range(asked.draws)]
        counted = [np.ones(asked.draws), *draws(asked.draws, asked.resamples, asked.seed, 'basin')]
        spread = lambda w: (mu := w @ inside / w.sum(), w @ abs(inside - mu) / w.sum())
        spreads = np.array([spread(w) for w in counted])
        for k, name in enumerate(('mu', 'epsilon')):
            low, high = interval(spreads[1:, k])
            close_all(ledger, 'basin: μ, ε (same draws)', row, {name: spreads[0, k], f'{name}Low': low, f'{name}High': high}, where, 1e-5, 1e-3)
        crossings = {}
        for condition in (2, 3):
            tried = [r for r in own('margins') if r['condition'] == condition]
            margins = []
            for each in tried:
                delta = each['delta']
                at = lambda t, out, d: line.loss(t, delta / math.sqrt(line.weights), d) if condition == 2 else line.loss(t + out * delta * lengths[d] / line.length)
                flat = delta == 0
                losses = np.array([(line.loss(start) + line.loss(end) if flat else at(start, -1, d) + at(end, 1, d)) / 2 for d in range(asked.draws)])
                values = np.array([w @ losses / w.sum() for w in counted]) - spreads[:, 0] - 2 * spreads[:, 1]
                low, high = interval(values[1:])
                close_all(ledger, 'basin: margins (same draws)', each, dict(margin=values[0], low=low, high=high), f'{where} condition {condition} δ={delta:.3g}', 0.05, 1e-3)
                margins.append(values)
            deltas = np.array([each['delta'] for each in tried])
            crossings[condition] = np.array([crossing(deltas, m) for m in np.array(margins).T])
        both = np.maximum(crossings[2], crossings[3])
        finite = lambda x: float(x) if np.isfinite(x) else None
        mine = dict(delta=finite(both[0]), deltaAround=finite(crossings[2][0]), deltaBeyond=finite(crossings[3][0]))
        close_all(ledger, 'basin: δ', row, mine, where, 1e-3, 5e-3)
        if np.isfinite(both).all():
            low, high = interval(both[1:])
            close_all(ledger, 'basin: δ, interval (same draws)', row, dict(deltaLow=low, deltaHigh=high), where, 1e-3, 2e-2)


def crossing(deltas, margins):
    """Where a line through the margins first reaches zero."""
    if margins[0] >= 0:
        return deltas[0]
    for k in range(1, len(deltas)):
        if margins[k] >= 0:
            return deltas[k - 1] + (deltas[k] - deltas[k - 1]) * -margins[k - 1] / (margins[k] - margins[k - 1])
    return np.inf


BASIN_CHECKS = {'basin': check_basin}
