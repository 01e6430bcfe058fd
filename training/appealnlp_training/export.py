"""Exports a fine-tuned encoder as one ONNX graph with eight-bit weights, and checks it against torch.

    python -m appealnlp_training.export --run runs/encoder --data runs/data/train.jsonl --out runs/encoder/onnx

The activations are smoothed (see ``smoothing``) on rows that the run learned from; the answers of both are compared on
those that it held out.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from appealnlp.classify.encoder import load_encoder
from appealnlp.text import normalize
from appealnlp_training.attention import join_attention
from appealnlp_training.encoder import held_out_of, scores_of, split
from appealnlp_training.encoder_data import Encoding, Heads
from appealnlp_training.encoder_model import AppealEncoder, keep_layers
from appealnlp_training.graph import for_one_text
from appealnlp_training.records import Record, read_records
from appealnlp_training.smoothing import smooth

_ORDINARY = 150
"""Appeals that tell how loud activations are."""


def load_run(run: Path) -> tuple[AppealEncoder, Heads, dict[str, Any]]:
    """The model of a finished run."""
    about = json.loads((run / "run.json").read_text("utf-8"))
    heads = Heads({k: tuple(v) for k, v in about["heads"].items()}, tuple(about["flags"]), tuple(about["tags"]))
    model = AppealEncoder(about["config"]["base"], heads, 0.0)
    if about["layers"]:
        keep_layers(model, about["layers"])
    model.load_state_dict(load_file(run / "model.safetensors"))
    return model.eval(), heads, about


def export(run: Path, out: Path, data: Path) -> float:
    """Write encoder.onnx, tokenizer.json and encoder.json into ``out``; size of the graph in MB."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model, heads, about = load_run(run)
    smooth(model, model.encoder, ordinary(run, about, heads, data))
    known = for_one_text(model)
    out.mkdir(parents=True, exist_ok=True)
    whole = out / "encoder.fp32.onnx"
    ids = torch.randint(4, 1000, (1, 64))
    torch.onnx.export(
        model, (ids,), str(whole), input_names=["ids"], output_names=["scores", "tags"],
        dynamic_axes={name: {1: "length"} for name in ("ids", "tags")},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(whole, out / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True)
    if known:
        shape = model.encoder.config
        joined = join_attention(out / "encoder.onnx", shape.num_attention_heads)
        if joined != shape.num_hidden_layers:
            raise ValueError(f"{joined} of {shape.num_hidden_layers} layers were joined; the graph is another")
    whole.unlink()
    shutil.copy(Path(about["config"]["base"]) / "tokenizer.json", out / "tokenizer.json")
    (out / "encoder.json").write_text(json.dumps(description(heads, about), ensure_ascii=False, indent=1), "utf-8")
    return (out / "encoder.onnx").stat().st_size / 1e6


def ordinary(run: Path, about: dict[str, Any], heads: Heads, data: Path) -> list[torch.Tensor]:
    """Token ids of appeals that the run learned from, evenly drawn."""
    learned, _ = parts_of(run, about, data)
    encoding = Encoding(tokenizer_of(about), heads, about["config"])
    return [torch.tensor([encoding.item(record).ids]) for record in learned[:: max(1, len(learned) // _ORDINARY)]]


def parts_of(run: Path, about: dict[str, Any], data: Path) -> tuple[list[Record], list[Record]]:
    """The records that the run learned from, and those that it held out."""
    return split(read_records(data), about["config"]["held_out"], held_out_of(run))


def tokenizer_of(about: dict[str, Any]) -> Tokenizer:
    """The tokenizer of the base of a run."""
    return Tokenizer.from_file(str(Path(about["config"]["base"]) / "tokenizer.json"))


def description(heads: Heads, about: dict[str, Any]) -> dict[str, Any]:
    """What the library needs to know of the graph."""
    config = about["config"]
    rows = [
        {"name": name, "classes": list(classes), "exclusive": True, "public": name in config["losses"]}
        for name, classes in heads.exclusive.items()
    ]
    rows.append({"name": "flags", "classes": list(heads.flags), "exclusive": False, "public": True})
    window, share = [config["max_tokens"], config["head_tokens"]], config["entities"].get("share", 0.0)
    return {"heads": rows, "tags": list(heads.tags), "window": window, "token_share": share}


def compare(run: Path, out: Path, data: Path) -> dict[str, float]:
    """Accuracy of torch and of the graph on the held-out rows, head by head, and the share of equal answers."""
    model, heads, about = load_run(run)
    _, held = parts_of(run, about, data)
    encoding = Encoding(tokenizer_of(about), heads, about["config"])
    items = [encoding.item(record) for record in held]
    scores, _ = scores_of(model, items)
    encoder = load_encoder(out, json.loads((out / "encoder.json").read_text("utf-8")))
    texts = [normalize(record.content, title_length=len(record.title)).text for record in held]
    answers = [encoder.encode(text).scores for text in texts]
    found: dict[str, float] = {"n": len(held)}
    for name, column in model.columns().items():
        truth = np.array([item.targets[name].argmax() if name in item.targets else -1 for item in items])
        if name == "flags" or (truth < 0).all():
            continue
        known = truth >= 0
        torch_answer = scores[:, column].argmax(1)
        graph_answer = np.array([answer[name].argmax() for answer in answers])
        found[f"{name} torch"] = float((torch_answer == truth)[known].mean())
        found[f"{name} int8"] = float((graph_answer == truth)[known].mean())
        found[f"{name} equal"] = float((graph_answer == torch_answer)[known].mean())
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    print(f"encoder.onnx: {export(options.run, options.out, options.data):.1f} MB")
    for name, value in compare(options.run, options.out, options.data).items():
        print(f"{name:28} {value:.4f}")


if __name__ == "__main__":
    main()
