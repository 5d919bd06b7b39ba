"""Recomputes a finished study from its saved safetensors, without any code of Carryover: python3 verify.py STORE.

Needs PyTorch, NumPy and Pillow; computes in float64. Own readers, random numbers, networks and analyses; see the files beside it. Prints a
line a quantity with the largest relative difference, and exits 1 when one exceeds 1e-4. Accuracies must agree to the image, but for images
whose first two logits are within 1e-4. Networks: fixup-resnet, resnet (BatchNorm). Data: emoji, from the sprites; other kinds from the store's packed files.
"""
import argparse, json, re, sys, time
from pathlib import Path

import numpy as np
import torch

from analyses import CHECKS, Asked
from basin import BASIN_CHECKS
from decisions import DECISION_CHECKS, frozen_modules
from landscape import LANDSCAPE_CHECKS
from ledger import Ledger, compare_accuracy
from network import evaluate, fresh, modules_of, train_epoch
from modules import saved_epochs
from stored import SPLITS, Data, read_safetensors
from sweeps import SWEEP_CHECKS


ALL_CHECKS = CHECKS | LANDSCAPE_CHECKS | BASIN_CHECKS | DECISION_CHECKS | SWEEP_CHECKS


class Study:
    def __init__(self, store, ledger):
        self.store, self.ledger = Path(store), ledger
        self.steps = {p.parent.name: json.loads(p.read_text()) for p in sorted(self.store.glob('steps/*/step.json'))}
        self.data = {i: Data(self.folder(i), s['options'], ledger) for i, s in self.steps.items() if s['kind'] == 'data'}
        self.known = {}

    folder = lambda self, i: self.store / 'steps' / i
    rows = lambda self, i: json.loads((self.folder(i) / 'epochs.json').read_text())
    checkpoint = lambda self, i, at: read_safetensors(self.folder(i) / f'{self.file_of(i, at)}.safetensors')[0]
    tables = lambda self, i: json.loads((self.folder(i) / 'tables.json').read_text())
    data_of = lambda self, i: self.data[self.steps[i]['inputs']['data']['step']]

    def file_of(self, i, at):
        """'best', 'final', or an epoch that was kept under its own name or one of these."""
        return at if isinstance(at, str) else 'epoch-0000' if at == 0 else saved_epochs(self, i)[at]

    def best(self, i):
        rows = [r for r in self.rows(i) if r['epoch'] > 0 and r['valAccuracy'] is not None]
        return min(rows, key=lambda r: (-r['valAccuracy'], r['valLoss'], r['epoch']))['epoch'] if rows else self.rows(i)[-1]['epoch']

    def outcome(self, i, at, split='test'):
        if (i, at, split) not in self.known:
            self.known[i, at, split] = evaluate(self.checkpoint(i, at), *self.data_of(i).images(split))
        return self.known[i, at, split]

    def trainings(self):
        for i, step in self.steps.items():
            if step['kind'] != 'train':
                continue
            rows, title, ledger = self.rows(i), step['title'], self.ledger
            ledger.equal('best epoch', int(read_safetensors(self.folder(i) / 'best.safetensors')[1]['epoch']), self.best(i), title)
            hard = step['options']['recipe']['loss'] == 'cross-entropy'
            for at, row in ((0, rows[0]), ('best', rows[self.best(i)]), ('final', rows[-1])):
                for split in SPLITS if at == 0 else SPLITS[1:]:
                    found = self.outcome(i, at, split)
                    compare_accuracy(ledger, 'epochs.json: accuracy', row[f'{split}Accuracy'], found, f'{title} {at} {split}')
                    if hard:
                        ledger.close('epochs.json: loss', row[f'{split}Loss'], found.loss.mean(), f'{title} {at} {split}')
            start = self.checkpoint(i, 0)
            self.one_epoch(i, step, start, rows[1])
            wanted = fresh(start, step['options']['seeds']['init'])
            if source := step['inputs'].get('initial'):
                body = self.checkpoint(source['step'], source['at'])
                wanted.update({name: body[name] for name in start if name not in modules_of(start)['fc']})
            for name in start:
                gap = np.abs(start[name] - wanted[name]).max()
                ledger.note('initial weights', gap / max(np.abs(wanted[name]).max(), 1e-12), f'{title} {name}', 1e-6)

    def analyses(self, only):
        for i, step in self.steps.items():
            if only and step['kind'] not in only:
                continue
            # a store keeps what earlier versions of an analysis left
            if step['version'] < max(each['version'] for each in self.steps.values() if (each['kind'], each['title']) == (step['kind'], step['title'])):
                continue
            if check := ALL_CHECKS.get(step['kind']):
                began = time.time()
                check(self, Asked(self.data_of(i), step['inputs'], self.tables(i), step['options']['seed'], step['options']['options'], step['options'].get('sweep', [])))
                print(f'{step["title"]}: {time.time() - began:.0f} s', file=sys.stderr)
            elif 'options' in step['options'] and (self.folder(i) / 'tables.json').exists():
                self.ledger.equal('analyses that nobody checks', step['kind'], None, step['title'])

    def one_epoch(self, i, step, start, row):
        """Trains epoch 1 again where it can be compared: `checkpoints: [1]`, no chance but the order of images."""
        recipe, ledger = step['options']['recipe'], self.ledger
        if not (self.folder(i) / 'epoch-0001.safetensors').exists() or recipe['augment'] or recipe['mixup'] or recipe['loss'] != 'cross-entropy':
            return
        if rule := step['options'].get('freeze'):
            rewound, alike = (self.tables(step['inputs'][kind]['step'])[table] for kind, table in (('rewind', 'modules'), ('cka', 'similarities')))
            still = [module for module, (frozen, _) in frozen_modules(rewound, alike, rule['margin'], rule['similarity']).items() if frozen]
            names = [name for module in still for name in modules_of(start)[module]]
            recipe = recipe | {'frozen': [f'^{re.escape(name)}$' for name in names]}
        again = lambda dtype: train_epoch(start, self.data_of(i), recipe, step['options']['seeds']['order'], dtype)
        params, loss, accuracy = again(torch.float64)
        stored = read_safetensors(self.folder(i) / 'epoch-0001.safetensors')[0]
        flat = lambda q: np.concatenate([q[name].ravel() for name in start])
        norm, moved = np.linalg.norm(flat(params)), np.linalg.norm(flat(params) - flat(start))
        away = np.linalg.norm(flat(stored) - flat(params))
        slack = 1
        if away > 1e-3 * norm:
            # rounding, and ReLU masks that flip, grow from step to step, most under BatchNorms: as far as PyTorch in float32 gets from it, some times
            slack = max(1, 5e3 * np.linalg.norm(flat(again(torch.float32)[0]) - flat(params)) / norm)
        ledger.note('epoch 1 trained again: weights', away / norm, step['title'], 1e-3 * slack)
        ledger.note('epoch 1 trained again: update', away / moved, step['title'], 5e-3 * slack)
        ledger.close('epoch 1 trained again: training loss', row['trainLoss'], loss, step['title'], limit=1e-3 * slack)
        ledger.note('epoch 1 trained again: training accuracy', abs(row['trainAccuracy'] - accuracy), step['title'], 2e-3 * slack)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.split(chr(10))[0])
    parser.add_argument('store', help='folder of a study that ran')
    parser.add_argument('--only', nargs='+', choices=['train', *ALL_CHECKS], help='trainings, or these analyses')
    asked = parser.parse_args()
    torch.set_num_threads(2)
    study = Study(asked.store, Ledger())
    if not asked.only or 'train' in asked.only:
        study.trainings()
    study.analyses(asked.only)
    sys.exit(study.ledger.table())
