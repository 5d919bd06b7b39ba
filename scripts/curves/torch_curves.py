"""
PyTorch's side of the curves: python3 scripts/curves/torch_curves.py <folder> [--float64 case …] [--only case …]. Reads what curves.js
prepared (start, images, targets) and trains torchvision's ResNet-50, or a ViT as timm's, on the same batches with the same optimizer.
"""
import argparse
import glob
import json
import os
import sys

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.models import resnet50

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{here}/../../test/models/fixtures")
from reference import to_file  # noqa: E402
from vit import Vit  # noqa: E402


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        blob = np.frombuffer(f.read(), np.uint8)
    metadata = header.pop("__metadata__")
    tensors = {k: blob[v["data_offsets"][0] : v["data_offsets"][1]].view(np.float32).reshape(v["shape"]) for k, v in header.items()}
    return {k: torch.tensor(v) for k, v in tensors.items()}, metadata


def network(spec, side, classes):
    if spec["architecture"] == "resnet":
        return resnet50(num_classes=classes)
    return Vit((side, side), 16, 192, 12, 3, 4, classes)


def curve(tensors, metadata, dtype):
    images, targets = tensors["images"].to(dtype), tensors["targets"].to(dtype)
    net = network(json.loads(metadata["network"]), images.shape[-1], targets.shape[-1])
    start = {k[len("start.") :]: v for k, v in tensors.items() if k.startswith("start.")}
    missing = net.load_state_dict(start, strict=False)
    assert not missing.unexpected_keys and all("num_batches" in k for k in missing.missing_keys), missing
    net = net.to(dtype).train()
    recipe = json.loads(metadata["recipe"])
    if recipe["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(net.parameters(), recipe["rate"], recipe["momentum"], weight_decay=recipe["weightDecay"])
    else:
        optimizer = torch.optim.AdamW(net.parameters(), recipe["rate"], weight_decay=recipe["weightDecay"])
    losses, gradients = [], {}
    for step in range(len(images)):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images[step]), targets[step])
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {name: p.grad.float().numpy().copy() for name, p in net.named_parameters()}
        optimizer.step()
    return losses, gradients


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--float64", nargs="*", default=[])
parser.add_argument("--only", nargs="*")
asked = parser.parse_args()
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
for path in sorted(glob.glob(f"{asked.folder}/*.safetensors")):
    name = os.path.basename(path)[: -len(".safetensors")]
    if name.endswith(".gradients") or (asked.only and name not in asked.only):
        continue
    tensors, metadata = read(path)
    losses, single = curve(tensors, metadata, torch.float32)
    exact, double = curve(tensors, metadata, torch.float64) if name in asked.float64 else ([], {})
    to_file({f"float32.{k}": v for k, v in single.items()} | {f"float64.{k}": v for k, v in double.items()}, f"{asked.folder}/{name}.gradients.safetensors")
    with open(f"{asked.folder}/{name}.json", "w") as f:
        json.dump({"float32": losses, "float64": exact}, f)
    print(name, losses[0], losses[-1], flush=True)
