"""What lies in the store and the package, read without Carryover's code, and its random numbers written anew."""
import json, math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

ASSETS = Path(__file__).resolve().parents[2] / 'assets' / 'emoji'
SPLITS = ('train', 'val', 'test')


# random numbers: FNV-1a and murmur3's finalizer over the key, xoroshiro128+ -----------------------------------------------
M32 = 0xFFFFFFFF


class Random:
    def __init__(self, *key):
        h = 0x811C9DC5
        for char in '\0'.join(map(str, key)):
            h = ((h ^ ord(char)) * 0x01000193) & M32
        h = ((h ^ h >> 16) * 0x85EBCA6B) & M32
        h = ((h ^ h >> 13) * 0xC2B2AE35) & M32
        h ^= h >> 16
        self.s0, self.s1 = M32 << 32 | (~h & M32), h << 32
        self.spare = None

    def word(self):
        s0, s1, mask = self.s0, self.s1, 0xFFFFFFFFFFFFFFFF
        out = (s0 + s1) & M32
        s1 ^= s0
        self.s0 = ((s0 << 24 | s0 >> 40) ^ s1 ^ (s1 << 16)) & mask
        self.s1 = (s1 << 37 | s1 >> 27) & mask
        return out

    def uniform(self):
        high = self.word() & 0x3FFFFFF
        return high * 2.0**-26 + (self.word() & 0x7FFFFFF) * 2.0**-53

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius, angle = math.sqrt(-2 * math.log(1 - self.uniform())), 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = int(self.uniform() * (i + 1))
            order[i], order[j] = order[j], order[i]
        return order


DRAWS = {}


def draws(n, resamples, *key):
    """[resamples, n]: how often a bootstrap drew each image."""
    if (found := DRAWS.get((n, resamples, key))) is None:
        stream = Random(*key, 'bootstrap')
        found = np.stack([np.bincount([int(stream.uniform() * n) for _ in range(n)], minlength=n) for _ in range(resamples)]).astype(float)
        DRAWS[n, resamples, key] = found
    return found


def interval(values):
    values = np.asarray(values)[~np.isnan(values)]
    return tuple(np.quantile(values, [0.025, 0.975])) if len(values) else (None, None)


def share_interval(values, n, least=-1):
    """Of a share of n images or a difference of shares: where no image differs, Clopper & Pearson's bound for no case among n on both sides."""
    low, high = interval(values)
    if low is None or high - low > 1e-12:
        return low, high
    unseen = 1 - 0.025 ** (1 / n)
    return max(low - unseen, least), min(high + unseen, 1)


def t_quantile(df, p=0.975):
    """Student's t by integrating its density over u, x = tan u, which keeps the tails."""
    edges = np.linspace(-np.pi / 2, np.pi / 2, 400001)
    x = np.tan((edges[1:] + edges[:-1]) / 2)
    cdf = np.concatenate([[0], np.cumsum((1 + x * x / df) ** (-(df + 1) / 2) * (1 + x * x))])
    return float(np.tan(np.interp(p, cdf / cdf[-1], edges)))


def read_safetensors(path):
    raw = Path(path).read_bytes()
    size = int.from_bytes(raw[:8], 'little')
    header = json.loads(raw[8 : 8 + size])
    meta = header.pop('__metadata__', {})
    body = raw[8 + size :]
    take = lambda e: np.frombuffer(body[slice(*e['data_offsets'])], '<f4').reshape(e['shape']).astype(np.float64)
    assert all(e['dtype'] == 'F32' for e in header.values())
    return {name: take(e) for name, e in header.items()}, meta


def sprite(domain, side):
    tiles = np.asarray(Image.open(ASSETS / str(side) / f'{domain}.png').convert('RGB'))
    rows, columns = tiles.shape[0] // side, tiles.shape[1] // side
    return tiles.reshape(rows, side, columns, side, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, side, side)


def shuffle_order(shuffle, shape):
    """Which value of a normalized image [C, H, W] comes to each place: blocks change places with all their channels; '*': every value for itself."""
    block, seed = shuffle['block'], shuffle['seed']
    places = np.arange(np.prod(shape))
    if block == '*':
        return np.array(Random(seed, 'shuffle', '*').permutation(len(places)))
    c, h, w = shape
    tiles = places.reshape(c, h // block, block, w // block, block).transpose(1, 3, 0, 2, 4).reshape(-1, c, block, block)
    tiles = tiles[Random(seed, 'shuffle', block).permutation(len(tiles))]
    return tiles.reshape(h // block, w // block, c, block, block).transpose(2, 0, 3, 1, 4).ravel()


class Data:
    def __init__(self, folder, options, ledger):
        stored = json.loads((folder / 'dataset.json').read_text())
        shape = (-1, stored['channels'], stored['height'], stored['width'])
        packed = {s: np.frombuffer((folder / f'{s}.u8').read_bytes(), np.uint8).reshape(shape) for s in SPLITS}
        self.classes, self.splits = stored['classes'], {}
        if options.get('dataset') == 'emoji':
            items = json.loads((ASSETS / 'manifest.json').read_text())['items']
            field = {'class': 'cls', 'group': 'group'}[options.get('labels', 'class')]
            self.classes = sorted({item[field] for item in items})
            ledger.equal('data: classes', stored['classes'], self.classes, folder.name)
            domains = [options['domains']] if isinstance(options['domains'], str) else options['domains']
            tiles = {d: sprite(d, options.get('size', 32)) for d in domains}
            families = defaultdict(set)
            for item in items:
                families[item['family']].add(item['split'])
            ledger.equal('data: families in one split', True, all(len(s) == 1 for s in families.values()), folder.name)
        for s in SPLITS:
            if options.get('dataset') == 'emoji':
                chosen = [i for i, item in enumerate(items) if item['split'] == s]
                ids = [f'{d}/{items[i]["code"]}' for d in domains for i in chosen]
                labels = [self.classes.index(items[i][field]) for _ in domains for i in chosen]
                pixels = np.concatenate([tiles[d][chosen] for d in domains])
                ledger.equal('data: ids and labels', (stored['splits'][s]['ids'], stored['splits'][s]['labels']), (ids, labels), f'{folder.name} {s}')
                ledger.equal('data: pixels', bool((packed[s] == pixels).all()), True, f'{folder.name} {s}')
            else:
                ids, labels, pixels = stored['splits'][s]['ids'], stored['splits'][s]['labels'], packed[s]
            self.splits[s] = (ids, np.array(labels), pixels)
        self.order = shuffle_order(stored['shuffle'], shape[1:]) if 'shuffle' in stored else None
        train = self.splits['train'][2] / 255.0
        self.mean, self.std = train.mean((0, 2, 3)), train.std((0, 2, 3))
        for c in range(len(self.mean)):
            ledger.close('data: mean and std', stored['mean'][c], self.mean[c], folder.name)
            ledger.close('data: mean and std', stored['std'][c], self.std[c], folder.name)

    def images(self, split, chosen=None):
        _, labels, pixels = self.splits[split]
        chosen = np.arange(len(labels)) if chosen is None else np.array(chosen)
        x = (pixels[chosen] / 255.0 - self.mean[:, None, None]) / self.std[:, None, None]
        if self.order is not None:
            x = x.reshape(len(x), -1)[:, self.order].reshape(x.shape)
        return torch.tensor(x, dtype=torch.float64), labels[chosen]
