"""Joins the parts of self-attention in an eight-bit graph to one node: the same answers bit by bit, with fewer steps.

onnxruntime's QAttention (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md) makes queries,
keys and values in one product and needs no reshaping between. Its own quantizer would give their weights seven bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PARTS = ("query", "key", "value")
JOINED = "qkv"
"""What the joined tensors are called: ``<layer>.attention.self.qkv_quantized`` and so on."""
_DOMAIN = "com.microsoft"
_QUANTIZED = "_quantized"
_STEPS = ("Reshape", "Transpose", "MatMul", "Mul", "Softmax", "MatMul", "Transpose", "Reshape")


def join_attention(path: Path, heads: int) -> int:
    """Join each self-attention of the graph at ``path``, as ``quantize_dynamic`` left it; how many there were.

    It must have been made for one text (see ``graph``) of layers that share what they hear (``smoothing``).
    """
    import onnx

    model = onnx.load(str(path))
    if not any(item.domain == _DOMAIN for item in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    count = _join(model.graph, heads)
    path.write_bytes(model.SerializeToString())
    return count


def _join(graph: Any, heads: int) -> int:  # noqa: ANN401 - onnx has no types
    from onnx import helper

    readers = {name: node for node in graph.node for name in node.input}
    makers = {name: node for node in graph.node for name in node.output}
    tensors = {item.name: item for item in graph.initializer}
    queries = [name.removesuffix(".bias") for name in tensors if name.endswith((".query.bias", ".query.linear.bias"))]
    whole: dict[str, Any] = {}
    for query in queries:
        layer, _, kind = query.partition(".query")
        biases = [f"{layer}.{part}{kind}.bias" for part in PARTS]
        products = [_product(makers, readers[bias]) for bias in biases]
        given, zero = products[0].input[0], products[0].input[2]
        if any((product.input[0], product.input[2]) != (given, zero) for product in products):
            raise ValueError(f"{layer}: keys and values hear another input than queries; smooth them together")
        weights = [product.input[1].removesuffix(_QUANTIZED) for product in products]
        joined = _joined(graph, tensors, weights, biases, f"{layer}.{JOINED}")
        last = _end(readers, readers[biases[0]])
        whole[last.name] = helper.make_node(
            "QAttention",
            [given, joined["quantized"], joined["bias"], f"{given.removesuffix(_QUANTIZED)}_scale", joined["scale"], "",
             zero, joined["zero_point"]],
            list(last.output), f"{layer}.{JOINED}", domain=_DOMAIN, num_heads=heads,
        )  # fmt: skip
    _keep(graph, [whole.get(node.name, node) for node in graph.node])
    return len(queries)


def _product(makers: Mapping[str, Any], node: Any) -> Any:  # noqa: ANN401
    """The product of whole numbers that a bias is added to by ``node``."""
    while node.op_type != "MatMulInteger":
        before = (makers[name] for name in node.input if name in makers)
        node = next(item for item in before if not item.name.endswith("scales_mul"))
    return node


def _end(readers: Mapping[str, Any], node: Any) -> Any:  # noqa: ANN401
    """The last node of self-attention, from where the bias of the queries is added. Raises ValueError for another."""
    for kind in _STEPS:
        node = readers[node.output[0]]
        if node.op_type != kind:
            raise ValueError(f"{node.name} is {node.op_type}, where self-attention has {kind}")
    return node


def _joined(
    graph: Any,  # noqa: ANN401
    tensors: Mapping[str, Any], weights: list[str], biases: list[str], name: str,
) -> dict[str, str]:  # fmt: skip
    """Put the tensors of the three side by side into the graph; their names."""
    from onnx import numpy_helper

    found = {}
    parts = {kind: [f"{weight}_{kind}" for weight in weights] for kind in ("quantized", "scale", "zero_point")}
    for kind, names in (parts | {"bias": biases}).items():
        whole = np.concatenate([numpy_helper.to_array(tensors[part]) for part in names], axis=-1)
        found[kind] = f"{name}_{kind}"
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(whole), found[kind]))
    return found


def _keep(graph: Any, nodes: Sequence[Any]) -> None:  # noqa: ANN401
    """Let ``graph`` have those of ``nodes`` that its outputs need, and no tensor that none of them reads."""
    wanted = {output.name for output in graph.output}
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    tensors = [item for item in graph.initializer if item.name in wanted]
    del graph.node[:]
    graph.node.extend(reversed(kept))
    del graph.initializer[:]
    graph.initializer.extend(tensors)
