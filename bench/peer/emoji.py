"""The emoji sprites as tensors: what Carryover's `emoji` data set reads."""
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / 'assets/emoji'
COLUMNS, SIDE = 40, 32
STYLES = ['fluent3d', 'noto', 'twemoji', 'openmoji', 'fluentflat', 'outline', 'silhouette']


def load(domains):
    """Split → (uint8 images [n, 3, 32, 32], labels), and the mean and spread of the training images' channels."""
    items = json.loads((FOLDER / 'manifest.json').read_text())['items']
    classes = sorted({item['cls'] for item in items})
    labels = np.array([classes.index(item['cls']) for item in items])
    tiles = []
    for domain in domains:
        sprite = np.array(Image.open(FOLDER / f'{SIDE}/{domain}.png').convert('RGB'))
        rows = sprite.shape[0] // SIDE
        cut = sprite.reshape(rows, SIDE, COLUMNS, SIDE, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, SIDE, SIDE)
        tiles.append(cut[: len(items)])
    splits = {}
    for split in ('train', 'val', 'test'):
        chosen = [i for i, item in enumerate(items) if item['split'] == split]
        images = np.concatenate([tile[chosen] for tile in tiles])
        splits[split] = torch.from_numpy(images), torch.from_numpy(np.tile(labels[chosen], len(domains)))
    train = splits['train'][0].float() / 255
    return splits, len(classes), (train.mean((0, 2, 3)), train.std((0, 2, 3)))


def normalized(images, statistics):
    mean, std = statistics
    return (images.float() / 255 - mean[:, None, None]) / std[:, None, None]
