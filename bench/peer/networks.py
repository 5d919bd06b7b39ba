"""The networks of the benchmarks, from the same options as Carryover's."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

VIT = {'width': 64, 'heads': 4, 'depth': 4, 'patch': 4}
VIT_TINY = {'width': 192, 'heads': 3, 'depth': 12, 'patch': 16}
DEPTHS = {18: ([2, 2, 2, 2], False), 34: ([3, 4, 6, 3], False), 50: ([3, 4, 6, 3], True)}


def build(spec, shape):
    kind, classes = spec['architecture'], shape['classes']
    if kind == 'fixup-resnet':
        blocks, deep = DEPTHS[spec['depth']] if 'depth' in spec else (spec.get('blocks', [1, 1, 1]), False)
        widths = spec.get('widths', [64, 128, 256, 512] if 'depth' in spec else [16, 32, 64])
        return Fixup(widths, blocks, deep, classes, spec.get('stem', '7x7' if 'depth' in spec else '3x3') == '7x7')
    if kind == 'vit':
        form = {**(VIT_TINY if spec.get('size') == 'tiny' else VIT), **{name: spec[name] for name in VIT if name in spec}}
        return Vit(shape['width'], classes, **form)
    if kind == 'resnet':
        return getattr(torchvision.models, f"resnet{spec['depth']}")(num_classes=classes)
    raise ValueError(f'no such network: {kind}')


def scalar(value=0.0):
    return nn.Parameter(torch.full((1,), float(value)))


class Block(nn.Module):
    """Fixup's residual block (Zhang, Dauphin, Ma, ICLR 2019), basic or bottleneck, in place where autograd allows it."""

    def __init__(self, c_in, width, stride, deep, count):
        super().__init__()
        sizes = [1, 3, 1] if deep else [3, 3]
        c_out = width * (4 if deep else 1)
        channels = [c_in] + [width] * (len(sizes) - 1) + [c_out]
        strided = 1 if deep else 0
        convs = [
            nn.Conv2d(channels[i], channels[i + 1], k, stride if i == strided else 1, k // 2, bias=False) for i, k in enumerate(sizes)
        ]
        for i, conv in enumerate(convs):
            spread = math.sqrt(2 / (conv.out_channels * sizes[i] ** 2)) * count ** (-1 / (2 * len(sizes) - 2))
            nn.init.zeros_(conv.weight) if i == len(sizes) - 1 else nn.init.normal_(conv.weight, 0, spread)
        self.convs = nn.ModuleList(convs)
        self.before = nn.ParameterList([scalar() for _ in sizes])
        self.after = nn.ParameterList([scalar() for _ in sizes])
        self.scale = scalar(1)
        self.downsample = nn.Conv2d(c_in, c_out, 1, stride, bias=False) if stride != 1 or c_in != c_out else None
        if self.downsample is not None:
            nn.init.normal_(self.downsample.weight, 0, math.sqrt(2 / c_out))

    def forward(self, x):
        y = shifted = x + self.before[0]
        last = len(self.convs) - 1
        for i, conv in enumerate(self.convs):
            y = conv(y if i == 0 else y + self.before[i])
            y = F.relu(y + self.after[i], inplace=True) if i < last else y * self.scale + self.after[i]
        y += x if self.downsample is None else self.downsample(shifted)
        return F.relu(y, inplace=True)


class Fixup(nn.Module):
    def __init__(self, widths, blocks, deep, classes, large_stem):
        super().__init__()
        k, stride = (7, 2) if large_stem else (3, 1)
        self.conv1 = nn.Conv2d(3, widths[0], k, stride, k // 2, bias=False)
        self.bias1, self.bias2 = scalar(), scalar()
        self.pool = nn.MaxPool2d(3, 2, 1) if large_stem else nn.Identity()
        stages, c_in = [], widths[0]
        for s, (width, count) in enumerate(zip(widths, blocks)):
            row = []
            for i in range(count):
                row.append(Block(c_in, width, 2 if i == 0 and s > 0 else 1, deep, sum(blocks)))
                c_in = width * (4 if deep else 1)
            stages.append(nn.Sequential(*row))
        self.layers = nn.ModuleList(stages)
        self.fc = nn.Linear(c_in, classes)

    def stages(self, x):
        """What leaves the stem, each stage and the head."""
        x = self.pool(F.relu(self.conv1(x) + self.bias1, inplace=True))
        found = [x]
        for stage in self.layers:
            x = stage(x)
            found.append(x)
        return found + [self.fc(x.mean((2, 3)) + self.bias2)]

    def forward(self, x):
        return self.stages(x)[-1]

    def modules_by_name(self):
        """Stem, residual blocks, head: each with the names of its parameters."""
        names = [name for name, _ in self.named_parameters()]
        blocks = sorted({'.'.join(name.split('.')[:3]) for name in names if name.startswith('layers')})
        parts = {block: [name for name in names if name.startswith(block + '.')] for block in blocks}
        return {'conv1': ['conv1.weight', 'bias1'], **parts, 'fc': ['bias2', 'fc.weight', 'fc.bias']}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).view(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, 'scaled_dot_product_attention'):
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(n, tokens, width))


class Encoder(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.attn = Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """timm's vision transformer."""

    def __init__(self, side, classes, width, heads, depth, patch):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.Sequential(*[Encoder(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width, 1e-6), nn.Linear(width, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])

    def modules_by_name(self):
        """Embedding, blocks, norm, head: each with the names of its parameters."""
        names = [name for name, _ in self.named_parameters()]
        blocks = [f'blocks.{i}' for i in range(len(self.blocks))]
        parts = {block: [name for name in names if name.startswith(block + '.')] for block in blocks + ['norm', 'head']}
        return {'patches': ['patches.weight', 'patches.bias', 'token', 'positions'], **parts}
