"""
Exported networks in other hands: python3 scripts/exports/check_exports.py <folder>. Reads what exports.js wrote: each .onnx must pass onnx.checker
with its shapes inferred, the .safetensors must load into torchvision's ResNet, or a ViT as timm's, by PyTorch's names with none left, and the logits
that onnxruntime gives for the .onnx must be PyTorch's in float64. Exits with 1 when one does not.
"""
import glob
import json
import os
import sys

import numpy as np
import onnx
import torch
import torchvision

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{here}/../../test/models/fixtures")
from vit import Vit  # noqa: E402

LIMIT = 1e-4
VITS = {"tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12)}


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        blob = np.frombuffer(f.read(), np.uint8)
    metadata = header.pop("__metadata__", {})
    tensors = {k: blob[v["data_offsets"][0] : v["data_offsets"][1]].view(np.float32).reshape(v["shape"]) for k, v in header.items()}
    return {k: torch.tensor(v) for k, v in tensors.items()}, metadata


def network(spec, classes, side):
    if spec["architecture"] == "resnet":
        return getattr(torchvision.models, f"resnet{spec['depth']}")(num_classes=classes)
    width, depth, heads = VITS[spec["size"]]
    return Vit((side, side), 16, width, depth, heads, 4, classes)


failed = False
for path in sorted(glob.glob(f"{sys.argv[1]}/*.onnx")):
    name = path[: -len(".onnx")]
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    weights, metadata = read(f"{name}.safetensors")
    results, _ = read(f"{name}.results.safetensors")
    net = network(json.loads(metadata["network"]), int(metadata["classes"]), results["images"].shape[-1])
    loaded = net.load_state_dict(weights, strict=False)
    names = not loaded.unexpected_keys and all(key.endswith("num_batches_tracked") for key in loaded.missing_keys)
    # an importer finds the weights in the .onnx by the same names
    names = names and set(weights) <= {tensor.name for tensor in model.graph.initializer}
    expected = net.eval().double()(results["images"].double()).detach()
    error = float((results["logits"].double() - expected).norm() / expected.norm())
    right = names and error <= LIMIT
    failed |= not right
    opsets = ", ".join(f"{each.domain or 'ai.onnx'} {each.version}" for each in model.opset_import)
    print(f"{os.path.basename(path):18} checked ({opsets}); names {'as PyTorch' if names else 'DIFFER'}; logits: relative l2 {error:.1e}{'' if right else '  WRONG'}", flush=True)
sys.exit(failed)
