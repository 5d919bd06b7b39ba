"""Recomputes a finished study whose labels are independent (chexpert), without any code of Carryover: python3 independent_labels.py STORE.

As verify.py, for fixup-resnet: labels from the tables of CheXpert, losses, AUCs (pair by pair), the choice of the best epoch, learning curves,
interpolation and barriers, rewind and averages, each with its interval from the same draws; what predicts the choice of a checkpoint.
"""
import argparse, csv, json, sys
from pathlib import Path

import numpy as np
import torch

from decisions import features_of
from ledger import Ledger
from network import forward, modules_of
from stored import SPLITS, Random, draws, interval, read_safetensors
from sweeps import evidence

TIE = 1e-4


def auc_over(z, t, weights):
    """[draws]: P(score with the label > score without) + P(equal)/2, images weighted by each row of weights; mean over the labels that vary."""
    areas = []
    for k in range(t.shape[1]):
        has, lacks = t[:, k] == 1, t[:, k] == 0
        if has.any() and lacks.any():
            wins = (z[has, k][:, None] > z[lacks, k]) + 0.5 * (z[has, k][:, None] == z[lacks, k])
            p, q = weights[:, has], weights[:, lacks]
            with np.errstate(all='ignore'):
                areas.append(np.einsum('ri,ij,rj->r', p, wins, q, optimize=True) / (p.sum(1) * q.sum(1)))
    return np.mean(areas, 0)


class Outcome:
    def __init__(self, logits, marks):
        self.z, self.marks = logits, marks
        known = marks >= 0
        terms = np.where(known, np.logaddexp(0, np.where(marks == 1, -logits, logits)), 0)
        self.loss = terms.sum(1) * len(marks) / known.sum()
        self.auc = self.over(np.ones((1, len(marks))))[0]

    over = lambda self, weights: auc_over(self.z, self.marks, weights)

    def slack(self):
        """How far pairs that nearly tie may move it."""
        up, down = (auc_over(self.z + by * (self.marks == 1), self.marks, np.ones((1, len(self.marks))))[0] for by in (TIE, -TIE))
        return up - down


class Store:
    def __init__(self, path, ledger):
        self.path, self.ledger, self.known = Path(path), ledger, {}
        self.steps = {p.parent.name: json.loads(p.read_text()) for p in sorted(self.path.glob('steps/*/step.json'))}
        self.data = {i: self.read_data(i, s['options']) for i, s in self.steps.items() if s['kind'] == 'data'}

    folder = lambda self, i: self.path / 'steps' / i
    json = lambda self, i, name: json.loads((self.folder(i) / name).read_text())
    params = lambda self, i, at: read_safetensors(self.folder(i) / f'{at}.safetensors')[0]
    data_of = lambda self, i: self.data[self.steps[i]['inputs']['data']['step']]

    def read_data(self, i, options):
        stored = self.json(i, 'dataset.json')
        labels, splits = stored['classes'], {}
        mean, std = (np.array(stored[key])[:, None, None] for key in ('mean', 'std'))
        said = self.marks_by_csv(options, labels)
        for s in SPLITS:
            ids = stored['splits'][s]['ids']
            marks = np.array([-1 if c == '?' else int(c) for c in stored['splits'][s]['marks']]).reshape(len(ids), len(labels))
            self.ledger.equal('data: labels of the tables', marks.tolist(), [said[image] for image in ids], f'{i} {s}')
            pixels = np.frombuffer((self.folder(i) / f'{s}.u8').read_bytes(), np.uint8)
            pixels = pixels.reshape(len(ids), stored['channels'], stored['height'], stored['width'])
            splits[s] = torch.tensor((pixels / 255.0 - mean) / std), marks
        patients = [{image.split('/')[1] for image in stored['splits'][s]['ids']} for s in ('train', 'val')]
        self.ledger.equal('data: no patient in train and val', patients[0] & patients[1], set(), i)
        return splits

    def marks_by_csv(self, options, labels):
        policy, said = options.get('uncertain', 'zeros'), {}
        for table in ('train.csv', 'valid.csv'):
            for row in csv.DictReader(open(Path(options['root']) / table)):
                of = lambda name: policy.get(name, 'zeros') if isinstance(policy, dict) else policy
                value = lambda name: float(row[name] or 0)
                uncertain = lambda name: {'zeros': 0, 'ones': 1, 'ignore': -1}[of(name)]
                said[row['Path'].split('/', 1)[1]] = [uncertain(name) if value(name) < 0 else int(value(name)) for name in labels]
        return said

    def logits(self, params, images):
        with torch.no_grad():
            return torch.cat([forward(params, part) for part in images.split(64)]).numpy()

    def outcome(self, i, at, split='test'):
        if (i, at, split) not in self.known:
            images, marks = self.data_of(i)[split]
            self.known[i, at, split] = Outcome(self.logits(self.params(i, at), images), marks)
        return self.known[i, at, split]

    def close(self, what, got, outcome, where):
        self.ledger.note(what, max(0, abs(got - outcome.auc) - outcome.slack()), f'{where} store {got}, here {outcome.auc}', 1e-6)

    def bounds(self, what, row, values, where, low='low', high='high'):
        for key, mine in zip((low, high), interval(values)):
            self.ledger.note(what, abs(row[key] - mine), f'{where} {key} store {row[key]}, here {mine}', 1e-4)


def check_training(store, i, step):
    rows, title = store.json(i, 'epochs.json'), step['title']
    scored = [row for row in rows if row['epoch'] > 0]
    best = min(scored, key=lambda row: (-row['valAuc'], row['valLoss'], row['epoch']))['epoch']
    store.ledger.equal('best epoch', int(read_safetensors(store.folder(i) / 'best.safetensors')[1]['epoch']), best, title)
    for at, row in (('epoch-0000', rows[0]), ('best', rows[best]), ('final', rows[-1])):
        for split in SPLITS if at == 'epoch-0000' else SPLITS[1:]:
            found = store.outcome(i, at, split)
            store.close('epochs.json: AUC', row[f'{split}Auc'], found, f'{title} {at} {split}')
            store.ledger.close('epochs.json: loss', row[f'{split}Loss'], found.loss.mean(), f'{title} {at} {split}')


def check_curves(store, i, runs, tables, options, seed):
    n = len(store.data_of(i)['test'][1])
    weights = draws(n, options['resamples'], seed, 'learning-curves')
    for row in tables['runs']:
        found = store.outcome(runs[row['run']], row['at'])
        store.close('curves: AUC', row['auc'], found, f'{row["run"]} {row["at"]}')
        store.bounds('curves: interval (same draws)', row, found.over(weights), f'{row["run"]} {row["at"]}')
    for row in (r for r in tables['gaps'] if r['metric'] == 'AUC'):
        level = lambda role, w: np.mean([store.outcome(run, row['at']).over(w) for name, run in runs.items() if name.startswith(role + '.')], 0)
        store.ledger.equal('gaps: chance', row['chance'], 0.5, '')
        store.ledger.note('gaps: gap', abs(row['gap'] - (level('P-T', np.ones((1, n))) - level('RI-T', np.ones((1, n))))[0]), row['at'], 1e-4)
        store.bounds('gaps: interval (same draws)', row, level('P-T', weights) - level('RI-T', weights), row['at'])


    names = store.json(store.steps[i]['inputs']['data']['step'], 'dataset.json')['classes']
    one = lambda found, label: Outcome(found.z[:, [names.index(label)]], found.marks[:, [names.index(label)]])
    for row in tables['labels']:
        found = one(store.outcome(runs[row['run']], row['at']), row['label'])
        store.close('labels: AUC', row['auc'], found, f'{row["run"]} {row["label"]}')
        store.bounds('labels: interval (same draws)', row, found.over(weights), f'{row["run"]} {row["label"]}')
    for row in tables['labelGaps']:
        level = lambda role: np.mean([one(store.outcome(run, row['at']), row['label']).over(weights) for name, run in runs.items() if name.startswith(role + '.')], 0)
        store.bounds('labels: interval of the gap (same draws)', row, level('P-T') - level('RI-T'), row['label'])


def check_interpolation(store, i, runs, tables, options, seed):
    images, marks = store.data_of(i)['test']
    weights = draws(len(marks), options['resamples'], seed, 'interpolation', 'test')
    paths = {}
    for row in (r for r in tables['paths'] if r['split'] == 'test' and 0 <= r['lambda'] <= 1):
        a, b = (store.params(runs[row[side]], options['at']) for side in 'ab')
        mixed = {name: (1 - row['lambda']) * a[name] + row['lambda'] * b[name] for name in a}
        found, where = Outcome(store.logits(mixed, images), marks), f'{row["a"]} & {row["b"]} {row["lambda"]}'
        store.close('interpolation: AUC', row['auc'], found, where)
        store.ledger.close('interpolation: loss', row['loss'], found.loss.mean(), where)
        drawn = found.over(weights)
        store.bounds('interpolation: interval (same draws)', row, drawn, where, 'aucLow', 'aucHigh')
        paths.setdefault((row['a'], row['b']), []).append((row['lambda'], found.auc, drawn))
    for row in (r for r in tables['barriers'] if r['split'] == 'test' and r['metric'] == 'AUC' and r['definition'] == 'line'):
        path = sorted(paths[row['a'], row['b']], key=lambda each: each[0])
        drop = lambda of: np.max([(1 - l) * of(path[0]) + l * of(path[-1]) - of(each) for each in path for l in [each[0]]], 0)
        where = f'{row["a"]} & {row["b"]}'
        store.ledger.note('barriers: AUC', abs(row['barrier'] - drop(lambda each: each[1])), where, 1e-4)
        store.bounds('barriers: interval (same draws)', row, drop(lambda each: each[2]), where)


def check_rewind(store, i, runs, tables, options, seed):
    images, marks = store.data_of(i)['test']
    weights = draws(len(marks), options['resamples'], seed, 'rewind', 'test')
    for row in (r for r in tables['modules'] if r['to'] == 0):
        end, start = store.params(runs[row['run']], options['at']), store.params(runs[row['run']], 'epoch-0000')
        found = Outcome(store.logits({**end, **{name: start[name] for name in modules_of(end)[row['module']]}}, images), marks)
        whole, where = store.outcome(runs[row['run']], options['at']), f'{row["run"]} {row["module"]}'
        store.close('rewind: AUC', row['auc'], found, where)
        store.bounds('rewind: interval of the drop (same draws)', row, whole.over(weights) - found.over(weights), where, 'dropLow', 'dropHigh')


def check_averaging(store, i, runs, tables, options, seed):
    images, marks = store.data_of(i)['test']
    for row in tables['averages']:
        members = [store.params(runs[name], options['at']) for name in row['runs'].split(' + ')]
        if row['what'] == 'ensemble':
            p = np.mean([1 / (1 + np.exp(-store.logits(q, images))) for q in members], 0)
            found = Outcome(np.log(p / (1 - p)), marks)
        else:
            found = Outcome(store.logits({name: np.mean([q[name] for q in members], 0) for name in members[0]}, images), marks)
        store.close('averaging: AUC', row['auc'], found, f'{row["what"]} {row["runs"]}')
        store.ledger.close('averaging: loss', row['loss'], found.loss.mean(), f'{row["what"]} {row["runs"]}')


def linear_scores(x, y, rows):
    """Ridge regression of all columns with one penalty, by generalized cross-validation with the hat matrix."""
    centred, target = x - x.mean(0), y - y.mean(0)
    n, d = x.shape
    gram, best = centred.T @ centred, (np.inf, None)
    for share in (1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100):
        inverse = np.linalg.inv(gram + share * np.trace(gram) / d * np.eye(d))
        hat = centred @ inverse @ centred.T + 1 / n
        score = n * ((target - hat @ target) ** 2).sum() / (n - np.trace(hat)) ** 2
        if score <= best[0]:
            best = score, inverse @ centred.T @ target
    return (rows - x.mean(0)) @ best[1] + y.mean(0)


def neighbour_scores(x, y, rows, k):
    unit = lambda v: v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-300)
    return y[np.argsort(-unit(rows) @ unit(x).T, axis=1, kind='stable')[:, :k]].mean(1)


def check_checkpoint_choice(store, i, runs, tables, options, seed):
    splits = store.data_of(i)

    def some(split):
        images, marks = splits[split]
        if len(marks) <= (options['samples'] or np.inf):
            return images, marks
        chosen = sorted(Random(seed, 'checkpoint-choice', split, 'samples').permutation(len(marks))[: options['samples']])
        return images[chosen], marks[chosen]

    (known, marks), (seen, truth) = some('train'), some('test')
    swept = {each['name']: each['variant']['epoch'] for each in store.steps[i]['options']['sweep']}
    last = store.json(runs['P'], 'epochs.json')[-1]['epoch']
    for row in tables['epochs']:
        e, where = row['epoch'], f'epoch {row["epoch"]}'
        outcomes = [store.outcome(runs[name], options['at']) for name, epoch in swept.items() if epoch == e]
        store.ledger.note('checkpoint-choice: AUC', abs(row['auc'] - np.mean([o.auc for o in outcomes])), where, sum(o.slack() for o in outcomes) + 1e-6)
        file = 'final' if e == last else f'epoch-{e:04d}'
        x, z = (features_of(store.params(runs['P'], file), images) for images in (known, seen))
        groups, evidences, linear, near = {}, [], np.zeros(truth.shape), np.zeros(truth.shape)
        for label in range(marks.shape[1]):
            groups.setdefault(tuple(np.flatnonzero(marks[:, label] >= 0)), []).append(label)
        for rows, labels in groups.items():
            own, y = x[list(rows)], marks[list(rows)][:, labels].astype(float)
            evidences += [evidence(own, column) for column in y.T if 0 < column.sum() < len(column)]
            linear[:, labels], near[:, labels] = linear_scores(own, y, z), neighbour_scores(own, y, z, options['neighbours'])
        store.ledger.close('checkpoint-choice: LogME', row['logme'], np.mean(evidences), where)
        for key, scores in (('probe', linear), ('neighbours', near)):
            # neighbours that are as good as equally near in float32 may change places
            store.ledger.note(f'checkpoint-choice: AUC of {key}', abs(row[key] - Outcome(scores, truth).auc), where, 1e-4 if key == 'probe' else 5e-3)


CHECKS = {'learning-curves': check_curves, 'interpolation': check_interpolation, 'rewind': check_rewind, 'averaging': check_averaging, 'checkpoint-choice': check_checkpoint_choice}

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.split(chr(10))[0])
    parser.add_argument('store', help='folder of a study that ran')
    torch.set_num_threads(2)
    store = Store(parser.parse_args().store, Ledger())
    for i, step in store.steps.items():
        if step['kind'] == 'train':
            check_training(store, i, step)
        if check := CHECKS.get(step['kind']):
            runs = {name: source['step'] for name, source in step['inputs'].items() if name != 'data'}
            check(store, i, runs, store.json(i, 'tables.json'), step['options']['options'], step['options']['seed'])
    sys.exit(store.ledger.table())
