"""Recomputes a finished study from its saved safetensors, without any code of Carryover: python3 verify.py STORE.

Needs PyTorch, NumPy and Pillow; computes in float64. Own readers, random numbers, networks and analyses; see the files beside it. Prints a
line a quantity with the largest relative difference, and exits 1 when one exceeds 1e-4. Accuracies must agree to the image, but for images
whose first two logits are within 1e-4. Networks: fixup-resnet. Data: emoji, from the sprites; other kinds from the store's packed files.
"""
import argparse, json, sys
from pathlib import Path

import numpy as np
import torch

from analyses import CHECKS, Asked
from landscape import LANDSCAPE_CHECKS
from ledger import Ledger, compare_accuracy
from network import evaluate, fresh, modules_of, train_epoch
from stored import SPLITS, Data, read_safetensors


class Study:
    def __init__(self, store, ledger):
        self.store, self.ledger = Path(store), ledger
        self.steps = {p.parent.name: json.loads(p.read_text()) for p in sorted(self.store.glob('steps/*/step.json'))}
        self.data = {i: Data(self.folder(i), s['options'], ledger) for i, s in self.steps.items() if s['kind'] == 'data'}
        self.known = {}

    folder = lambda self, i: self.store / 'steps' / i
    rows = lambda self, i: json.loads((self.folder(i) / 'epochs.json').read_text())
    checkpoint = lambda self, i, at: read_safetensors(self.folder(i) / ('epoch-0000' if at == 0 else at).__add__('.safetensors'))[0]
    data_of = lambda self, i: self.data[self.steps[i]['inputs']['data']['step']]

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

    def analyses(self):
        for i, step in self.steps.items():
            if check := (CHECKS | LANDSCAPE_CHECKS).get(step['kind']):
                runs = {name: source['step'] for name, source in step['inputs'].items() if name != 'data'}
                tables = json.loads((self.folder(i) / 'tables.json').read_text())
                check(self, Asked(self.data_of(i), runs, tables, step['options']['seed'], **step['options']['options']))

    def one_epoch(self, i, step, start, row):
        """Trains epoch 1 again where it can be compared: `checkpoints: [1]`, no chance but the order of images."""
        recipe, ledger = step['options']['recipe'], self.ledger
        if not (self.folder(i) / 'epoch-0001.safetensors').exists() or recipe['augment'] or recipe['mixup'] or recipe['loss'] != 'cross-entropy':
            return
        params, loss, accuracy = train_epoch(start, self.data_of(i), recipe, step['options']['seeds']['order'])
        stored = read_safetensors(self.folder(i) / 'epoch-0001.safetensors')[0]
        flat = lambda q: np.concatenate([q[name].ravel() for name in start])
        away = np.linalg.norm(flat(stored) - flat(params))
        # float32 against float64: rounding, and ReLU masks that flip, grow from step to step
        ledger.note('epoch 1 trained again: weights', away / np.linalg.norm(flat(params)), step['title'], 1e-3)
        ledger.note('epoch 1 trained again: update', away / np.linalg.norm(flat(params) - flat(start)), step['title'], 5e-3)
        ledger.close('epoch 1 trained again: training loss', row['trainLoss'], loss, step['title'], limit=1e-3)
        ledger.note('epoch 1 trained again: training accuracy', abs(row['trainAccuracy'] - accuracy), step['title'], 2e-3)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.split(chr(10))[0])
    parser.add_argument('store', help='folder of a study that ran')
    torch.set_num_threads(2)
    study = Study(parser.parse_args().store, Ledger())
    study.trainings()
    study.analyses()
    sys.exit(study.ledger.table())
