"""Residual networks in PyTorch float64, from nothing but the names and shapes of their parameters; and how one is trained."""
import math, re

import numpy as np
import torch
import torch.nn.functional as F

from stored import Random

TIE = 1e-4


def is_buffer(name):
    """Running statistics of a BatchNorm: they stand among the parameters and are none."""
    return 'running_' in name


def normalizes(params):
    return any(map(is_buffer, params))


def modules_of(params):
    """Module → its parameters, as the reports cut: stem, residual blocks, head."""
    names = [name for name in params if not is_buffer(name)]
    stem = [name for name in names if re.match(r'conv1\.|bn1\.|bias1$', name)]
    modules = {'conv1': stem}
    for name in names:
        if found := re.match(r'layer\d+\.\d+', name):
            modules.setdefault(found.group(), []).append(name)
    return modules | {'fc': [name for name in names if name == 'bias2' or name.startswith('fc.')]}


def forward(params, images, taps=None, momentum=None):
    """Logits; `taps` collects what leaves every module. momentum: BatchNorms use their batch and move their running statistics, in place."""
    q = {name: torch.as_tensor(value, dtype=torch.float64) if not torch.is_tensor(value) else value for name, value in params.items()}
    block_of = resnet_block if normalizes(q) else fixup_block
    norm = lambda x, name: F.batch_norm(x, q[f'{name}.running_mean'], q[f'{name}.running_var'], q[f'{name}.weight'], q[f'{name}.bias'], momentum is not None, momentum or 0, 1e-5)
    big = q['conv1.weight'].shape[-1] == 7
    x = F.conv2d(images, q['conv1.weight'], stride=2 if big else 1, padding=3 if big else 1)
    x = F.relu(norm(x, 'bn1') if normalizes(q) else x + q['bias1'])
    x = F.max_pool2d(x, 3, 2, 1) if big else x
    taps is not None and taps.setdefault('conv1', []).append(x)
    for block in [m for m in modules_of(q) if m.startswith('layer')]:
        stage, index = map(int, block[5:].split('.'))
        x = block_of(x, q, block, 2 if stage > 1 and index == 0 else 1, norm)
        taps is not None and taps.setdefault(block, []).append(x)
    x = F.linear(x.mean((2, 3)) + q.get('bias2', 0), q['fc.weight'], q['fc.bias'])
    taps is not None and taps.setdefault('fc', []).append(x)
    return x


def fixup_block(x, q, block, stride, _):
    """Fixup ResNet (Zhang, Dauphin, Ma 2019) as its authors' PyTorch code."""
    get = lambda name: q[f'{block}.{name}']
    if f'{block}.conv3.weight' in q:
        y = F.relu(F.conv2d(x + get('bias1a'), get('conv1.weight')) + get('bias1b'))
        y = F.relu(F.conv2d(y + get('bias2a'), get('conv2.weight'), stride=stride, padding=1) + get('bias2b'))
        y = F.conv2d(y + get('bias3a'), get('conv3.weight')) * get('scale') + get('bias3b')
    else:
        y = F.relu(F.conv2d(x + get('bias1a'), get('conv1.weight'), stride=stride, padding=1) + get('bias1b'))
        y = F.conv2d(y + get('bias2a'), get('conv2.weight'), padding=1) * get('scale') + get('bias2b')
    short = F.conv2d(x + get('bias1a'), get('downsample.weight'), stride=stride) if f'{block}.downsample.weight' in q else x
    return F.relu(y + short)


def resnet_block(x, q, block, stride, norm):
    """torchvision's BasicBlock and Bottleneck."""
    get = lambda name: q[f'{block}.{name}.weight']
    y = x
    for k in ('1', '2', '3') if f'{block}.conv3.weight' in q else ('1', '2'):
        weight = get('conv' + k)
        side = weight.shape[-1]
        here = stride if (side == 3 and f'{block}.conv3.weight' in q) or (k == '1' and f'{block}.conv3.weight' not in q) else 1
        y = norm(F.conv2d(y, weight, stride=here, padding=side // 2), f'{block}.bn{k}')
        y = y if f'{block}.conv{int(k) + 1}.weight' not in q else F.relu(y)
    if f'{block}.downsample.0.weight' in q:
        x = norm(F.conv2d(x, get('downsample.0'), stride=stride), f'{block}.downsample.1')
    return F.relu(y + x)


def fitted(params, data, seed, images=512):
    """With BatchNorm: running statistics taken anew on training images, as torch.optim.swa_utils.update_bn does. Else the parameters as they are."""
    if not normalizes(params):
        return params
    count = len(data.splits['train'][1])
    order = Random(seed, 're-estimation').permutation(count)[: min(images, count)]
    batch = min(64, len(order))
    q = {name: torch.tensor(value, dtype=torch.float64) for name, value in params.items()}
    with torch.no_grad():
        for k in range(len(order) // batch):
            forward(q, data.images('train', order[k * batch : (k + 1) * batch])[0], momentum=1 / (k + 1))
    return {name: value.numpy() for name, value in q.items()}


def fresh(params, seed):
    """The initialization of docs/study.md, every tensor from its own stream; torchvision's where there are BatchNorms."""
    blocks = sum(m.startswith('layer') for m in modules_of(params))
    made = {}
    for name, like in params.items():
        stream, size = Random(seed, 'init', name), like.size
        leaf = name.split('.')[-2] if name.endswith('weight') else name.split('.')[-1]
        deep = name.startswith('layer') and name.rsplit('.', 2)[0] + '.conv3.weight' in params
        bound = 1 / math.sqrt(params['fc.weight'].shape[1] if name.startswith('fc') else np.prod(like.shape[1:]))
        spread = math.sqrt(2 / (like.shape[0] * np.prod(like.shape[2:])))
        if name.startswith('fc') or (name == 'conv1.weight' and not normalizes(params)):
            values = [(2 * stream.uniform() - 1) * bound for _ in range(size)]
        elif normalizes(params):
            values = [stream.normal() * spread for _ in range(size)] if like.ndim == 4 else [float(name.endswith(('weight', 'running_var')))] * size
        elif name.endswith('scale'):
            values = [1.0] * size
        elif 'bias' in name or leaf == ('conv3' if deep else 'conv2'):
            values = [0.0] * size
        else:
            factor = 1 if leaf == 'downsample' else blocks ** (-1 / 4 if deep else -1 / 2)
            values = [stream.normal() * spread * factor for _ in range(size)]
        made[name] = np.reshape(values, like.shape)
    return made


class Outcome:
    def __init__(self, logits, labels):
        z = logits.double().numpy()
        top = z.max(1)
        order = np.sort(z, 1)
        p = np.exp(z - top[:, None])
        p /= p.sum(1, keepdims=True)
        ranked = np.sort(p, 1)
        self.predicted = z.argmax(1)
        self.right = (self.predicted == labels).astype(float)
        self.loss = top + np.log(np.exp(z - top[:, None]).sum(1)) - z[np.arange(len(z)), labels]
        self.margin = ranked[:, -1] - ranked[:, -2]
        self.ties = int((order[:, -1] - order[:, -2] < TIE).sum())


def evaluate(params, images, labels):
    with torch.no_grad():
        return Outcome(torch.cat([forward(params, part) for part in images.split(64)]), labels)


def train_epoch(params, data, recipe, seed, dtype=torch.float64):
    """Epoch 1 as the recipe says, by torch.optim.SGD. No augmentation, no mixup. Parameters, mean loss, right answers."""
    q = {name: torch.tensor(value, dtype=dtype, requires_grad=not is_buffer(name)) for name, value in params.items()}
    factor = lambda name: next((m['factor'] for m in recipe['multipliers'] if re.search(m['pattern'], name)), 1)
    trained = [name for name in q if not is_buffer(name) and not any(re.search(pattern, name) for pattern in recipe['frozen'])]
    options = {'momentum': recipe['momentum'], 'nesterov': recipe['nesterov'], 'weight_decay': recipe['weightDecay']}
    optimizer = torch.optim.SGD([{'params': [q[name]], 'factor': factor(name)} for name in trained], lr=1, **options)
    batch, count = recipe['batch'], len(data.splits['train'][1])
    order, steps = Random(seed, 'order', 1).permutation(count), count // batch
    losses, right = [], 0
    for step in range(steps):
        images, labels = data.images('train', order[step * batch : (step + 1) * batch])
        logits = forward(q, images.to(dtype), momentum=0.1)
        loss = F.cross_entropy(logits, torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        if recipe['clip'] is not None:
            torch.nn.utils.clip_grad_norm_([q[name] for name in trained], recipe['clip'])
        for group in optimizer.param_groups:
            group['lr'] = rate_at(recipe, step, steps) * group['factor']
        optimizer.step()
        losses.append(loss.item())
        right += int((logits.argmax(1).numpy() == labels).sum())
    return {name: value.detach().numpy() for name, value in q.items()}, np.mean(losses), right / (steps * batch)


def rate_at(recipe, step, steps_per_epoch):
    total, schedule = recipe['epochs'] * steps_per_epoch, recipe['schedule']
    warmup = math.floor(schedule['warmup'] * total + 0.5)
    if step < warmup:
        return recipe['rate'] * (step + 1) / (warmup + 1)
    if schedule['name'] == 'cosine':
        return recipe['rate'] * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2
    drops = [e for e in schedule.get('drops', []) if e * steps_per_epoch <= step]
    return recipe['rate'] * schedule.get('factor', 1) ** len(drops)
