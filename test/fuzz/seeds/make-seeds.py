"""
Seeds of forms that no fixture has. functions.onnx: functions of the model's own that call each other, with attributes of the caller.
einsum-qdq.onnx: Einsum over tokens, a weight and activations through QuantizeLinear and DequantizeLinear, a scale a channel.
Run: python3 test/fuzz/seeds/make-seeds.py
"""
import os

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)
OPSET = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]


def drawn(name, *dims):
    return numpy_helper.from_array(rng.standard_normal(dims).astype(np.float32), name)


def write(name, nodes, inits, functions=()):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 5])
    model = helper.make_model(helper.make_graph(nodes, name, [x], [y], inits), opset_imports=OPSET, ir_version=8, functions=list(functions))
    checker.check_model(model)
    save(model, f"{here}/{name}.onnx")


def referring(node, attribute):
    """The node with an attribute that is the caller's."""
    own = node.attribute.add()
    own.name, own.ref_attr_name, own.type = attribute, attribute, 1
    return node


leaky = helper.make_function(
    "own", "Leaky", ["a"], ["b"],
    [referring(helper.make_node("LeakyRelu", ["a"], ["c"]), "alpha"), helper.make_node("Identity", ["c"], ["b"])],
    OPSET, ["alpha"],
)  # fmt: skip
layer = helper.make_function(
    "own", "Layer", ["a", "w", "s"], ["d"],
    [helper.make_node("Conv", ["a", "w"], ["b"]), helper.make_node("Leaky", ["b"], ["c"], domain="own", alpha=0.2), helper.make_node("Mul", ["c", "s"], ["d"])],
    OPSET,
)  # fmt: skip
write(
    "functions",
    [
        helper.make_node("Layer", ["x", "w1", "s1"], ["h1"], name="one", domain="own"),
        helper.make_node("Layer", ["h1", "w2", "s2"], ["h2"], name="two", domain="own"),
        helper.make_node("GlobalAveragePool", ["h2"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "fc.weight", "fc.bias"], ["y"], transB=1),
    ],
    [drawn("w1", 4, 3, 1, 1), drawn("s1", 4, 1, 1), drawn("w2", 6, 4, 1, 1), drawn("s2", 6, 1, 1), drawn("fc.weight", 5, 6), drawn("fc.bias", 5)],
    [leaky, layer],
)

write(
    "einsum-qdq",
    [
        helper.make_node("QuantizeLinear", ["x", "x_scale", "x_zero"], ["xq"]),
        helper.make_node("DequantizeLinear", ["xq", "x_scale", "x_zero"], ["xd"]),
        helper.make_node("DequantizeLinear", ["conv.weight_quantized", "conv.scale", "conv.zero"], ["conv.weight"], axis=0),
        helper.make_node("Conv", ["xd", "conv.weight"], ["c"], strides=[2, 2]),
        helper.make_node("Einsum", ["c", "mix"], ["m"], equation="nchw,cd->nhwd"),
        helper.make_node("Einsum", ["m", "m"], ["s"], equation="nhwd,nhwe->nde"),
        helper.make_node("Flatten", ["s"], ["f"]),
        helper.make_node("Gemm", ["f", "head"], ["y"]),
    ],
    [
        numpy_helper.from_array(np.float32(0.02), "x_scale"),
        numpy_helper.from_array(np.uint8(128), "x_zero"),
        numpy_helper.from_array(rng.integers(-127, 128, (4, 3, 2, 2)).astype(np.int8), "conv.weight_quantized"),
        numpy_helper.from_array(np.array([0.01, 0.02, 0.03, 0.04], np.float32), "conv.scale"),
        numpy_helper.from_array(np.zeros(4, np.int8), "conv.zero"),
        drawn("mix", 4, 3),
        drawn("head", 9, 5),
    ],
)
