"""Makes a run of an encoder that ships, so that training can go on from it where no base and no earlier run is at hand.

    python -m appealnlp_training.recover --model models/default --data runs/data/train.jsonl --out runs/shipped
    python -m appealnlp_training.encoder --data mine.jsonl --base runs/shipped/base --init runs/shipped --out runs/mine

Eight-bit weights become floats again, so the run answers as the graph does, within the rounding of its activations.
Its onnx/ lets ``combine`` put the same encoder together with a linear tier that was trained anew.
``--held-out`` names the labels from which the shipped model held rows out; they stay held out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.features import Floats
from appealnlp_training.attention import JOINED, PARTS
from appealnlp_training.encoder import CONFIGS
from appealnlp_training.records import fold_of, read_lines, read_records

_QUANTIZED, _FACTOR = "_quantized", ".factor"
_HEADS = 12
"""Attention heads of multilingual-e5-small; a graph does not name them."""


def weights_of(graph: Any) -> dict[str, Floats]:  # noqa: ANN401 - onnx has no types
    """The parameters of ``AppealEncoder`` by name, from an exported graph with eight-bit weights."""
    from onnx import numpy_helper

    stored: dict[str, npt.NDArray[Any]] = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    found = {name: value for name, value in stored.items() if name.endswith((".weight", ".bias"))}
    for name in (key.removesuffix(_QUANTIZED) for key in stored if key.endswith(f".weight{_QUANTIZED}")):
        found[name] = _floats(stored, name)
    readers = {name: node for node in graph.node for name in node.input}
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in stored:
            layer = _bias_after(node, readers, stored).removesuffix(".bias")
            found[f"{layer}.weight"] = _floats(stored, node.input[1].removesuffix(_QUANTIZED)).T
        if node.op_type == "QAttention":
            found |= _parted(stored, node.name)
    for name in [key.removesuffix(".linear.weight") for key in found if key.endswith(".linear.weight")]:
        own = f"{name}{_FACTOR}"  # what ``smoothing`` moved
        factor = stored[own if own in stored else f"{_hearer(name)}{_FACTOR}"]
        found[f"{name}.weight"] = found.pop(f"{name}.linear.weight") * factor
        found[f"{name}.bias"] = found.pop(f"{name}.linear.bias")
    return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def _parted(stored: Mapping[str, npt.NDArray[Any]], name: str) -> dict[str, Floats]:
    """The layers that ``attention`` joined under ``name``."""
    layer = name.removesuffix(f".{JOINED}")
    weights = np.split(_floats(stored, name).T, len(PARTS))
    biases = np.split(stored[f"{name}_bias"], len(PARTS))
    found = {f"{layer}.{part}.linear.weight": weight for part, weight in zip(PARTS, weights, strict=True)}
    return found | {f"{layer}.{part}.linear.bias": bias for part, bias in zip(PARTS, biases, strict=True)}


def _bias_after(node: Any, readers: Mapping[str, Any], stored: Container[str]) -> str:  # noqa: ANN401
    """The bias that is added to the products of ``node``: a graph has no other name for their layer."""
    while True:
        node = readers[node.output[0]]
        for name in node.input:
            if node.op_type == "Add" and name in stored:
                return str(name)


def _hearer(name: str) -> str:
    """The layer whose factors ``name`` shares: keys and values are made of what the queries hear."""
    return f"{name.rpartition('.')[0]}.query"


def _floats(stored: Mapping[str, npt.NDArray[Any]], name: str) -> Floats:
    """A tensor of whole numbers as the floats that they stand for; scales are of the whole tensor or by column."""
    numbers = stored[f"{name}{_QUANTIZED}"].astype(np.int32) - stored[f"{name}_zero_point"].astype(np.int32)
    floats: Floats = (numbers * stored[f"{name}_scale"]).astype(np.float32)
    return floats


def base_config(graph: Any, weights: Mapping[str, Floats]) -> dict[str, Any]:  # noqa: ANN401
    """config.json of the transformer in the graph."""
    pieces, hidden = weights["encoder.embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".layer.")[1].split(".")[0]) for name in weights if ".layer." in name)
    epsilon = next(a.f for node in graph.node if node.op_type == "LayerNormalization" for a in node.attribute
                   if a.name == "epsilon")  # fmt: skip
    return {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": _HEADS, "vocab_size": pieces, "layer_norm_eps": float(epsilon), "hidden_act": "gelu",
        "intermediate_size": len(weights["encoder.encoder.layer.0.intermediate.dense.bias"]),
        "max_position_embeddings": len(weights["encoder.embeddings.position_embeddings.weight"]),
        "type_vocab_size": len(weights["encoder.embeddings.token_type_embeddings.weight"]),
        "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip


def held_out_ids(data: Path, labels: Sequence[Path], every: int) -> Iterator[str]:
    """Ids of gold appeals, and of those in ``labels``, whose groups the shipped encoder held out."""
    read = {str(row["id"]) for path in labels for _, row in read_lines(path)}
    for record in read_records(data):
        if (record.origin == "gold" or record.id in read) and record.is_labelled and not fold_of(record.group, every):
            yield record.id


def recover(model: Path, out: Path, held: Sequence[str]) -> None:
    """Write base/, model.safetensors, run.json and held_out.npz into ``out``, and onnx/ as ``export`` would."""
    import onnx
    from safetensors.numpy import save_file

    graph = onnx.load(str(model / "encoder.onnx")).graph
    about = json.loads((model / "model.json").read_text("utf-8"))["encoder"]
    weights = weights_of(graph)
    base = out / "base"
    base.mkdir(parents=True, exist_ok=True)
    (base / "config.json").write_text(json.dumps(base_config(graph, weights), indent=1), "utf-8")
    shutil.copy(model / "tokenizer.json", base / "tokenizer.json")
    inner = {name.removeprefix("encoder."): value for name, value in weights.items() if name.startswith("encoder.")}
    save_file(inner, base / "model.safetensors", metadata={"format": "pt"})
    save_file(weights, out / "model.safetensors")
    config = tomllib.loads((CONFIGS / "encoder.toml").read_text("utf-8")) | {"base": str(base)}
    config["max_tokens"], config["head_tokens"] = about["window"]
    run = {
        "heads": {row["name"]: row["classes"] for row in about["heads"] if row["exclusive"]},
        "flags": next(row["classes"] for row in about["heads"] if not row["exclusive"]),
        "tags": about["tags"], "config": config, "layers": None, "figures": {},
    }  # fmt: skip
    (out / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1), "utf-8")
    np.savez(out / "held_out.npz", ids=np.array(held))
    exported = out / "onnx"
    exported.mkdir(exist_ok=True)
    for name in ("encoder.onnx", "tokenizer.json"):
        shutil.copy(model / name, exported / name)
    kept = {key: about[key] for key in ("heads", "tags", "window", "token_share") if key in about}
    (exported / "encoder.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder with an encoder")
    parser.add_argument("--data", type=Path, required=True, help="labelled records, as prepare writes them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, nargs="*", default=[], help="files of labels (default: gold alone)")
    parser.add_argument("--every", type=int, default=12, help="one group in so many was held out")
    options = parser.parse_args()
    held = list(held_out_ids(options.data, options.held_out, options.every))
    recover(options.model, options.out, held)
    print(f"{options.out}: weights of {options.model}, {len(held)} rows held out")


if __name__ == "__main__":
    main()
