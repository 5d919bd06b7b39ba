"""The PyTorch side of `npm run bench`: one workload, one process, eager, float32.

usage: peer.py '{"kind":"train","widths":[16,32,64],"blocks":[3,3,3],"side":32,"batch":64,"classes":10,
                 "threads":2,"steps":12,"drop":8,"channels_last":false}'
prints one line of JSON: {"times_ms": [...], "peak_mb": ..., "torch": "...", "blas": "...", "threads": 2}
"""
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def scalar(value=0.0):
    return nn.Parameter(torch.full((1,), float(value)))


class Block(nn.Module):
    """Fixup basic block (Zhang, Dauphin, Ma, ICLR 2019)."""

    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bias1a, self.bias1b, self.bias2a, self.bias2b, self.scale = scalar(), scalar(), scalar(), scalar(), scalar(1)
        self.downsample = nn.Conv2d(c_in, c_out, 1, stride, bias=False) if stride != 1 or c_in != c_out else None

    def forward(self, x):
        shifted = x + self.bias1a
        out = F.relu(self.conv1(shifted) + self.bias1b, inplace=True)
        out = self.conv2(out + self.bias2a) * self.scale + self.bias2b
        out += x if self.downsample is None else self.downsample(shifted)
        return F.relu(out, inplace=True)


class Fixup(nn.Module):
    def __init__(self, widths, blocks, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bias1, self.bias2 = scalar(), scalar()
        layers, c_in = [], widths[0]
        for stage, (width, count) in enumerate(zip(widths, blocks)):
            for i in range(count):
                layers.append(Block(c_in, width, 2 if i == 0 and stage > 0 else 1))
                c_in = width
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(c_in, classes)

    def forward(self, x):
        x = self.layers(F.relu(self.conv1(x) + self.bias1, inplace=True))
        return self.fc(x.mean((2, 3)) + self.bias2)


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    model = Fixup(job["widths"], job["blocks"], job["classes"])
    images = torch.randn(job["batch"], 3, job["side"], job["side"])
    labels = torch.arange(job["batch"]) % job["classes"]
    if job["channels_last"]:
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)

    def train():
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def evaluate():
        with torch.no_grad():
            model(images)

    step = train if job["kind"] == "train" else evaluate
    times = []
    for _ in range(job["drop"] + job["steps"]):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    blas = [line.strip() for line in torch.__config__.show().splitlines() if "BLAS_INFO" in line or "MKL" in line.upper()]
    print(json.dumps({
        "times_ms": times[job["drop"]:],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "torch": torch.__version__,
        "blas": next((part.split("=")[1] for line in blas for part in line.split(",") if "BLAS_INFO=" in part), "unknown"),
        "threads": torch.get_num_threads(),
    }))


main()
