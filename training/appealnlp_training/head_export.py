"""Writes one head of a finished run as a folder that ``transformers.pipeline("text-classification")`` loads.

    python -m appealnlp_training.head_export --run runs/encoder --head department --out DIR

Load it with ``pipeline("text-classification", model=DIR, trust_remote_code=True)``; the code that it trusts is the
small file in the folder. A longer text is cut at its end there (the library keeps head and tail).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import cast

from torch import nn
from transformers import PreTrainedTokenizerFast

from appealnlp_training.encoder_model import AppealEncoder
from appealnlp_training.export import load_run
from appealnlp_training.head_model import AppealHead, AppealHeadConfig


def write_head(run: Path, head: str, out: Path) -> None:
    """Write config, weights, tokenizer and code of one head. Raises SystemExit for a head that the run lacks."""
    model, heads, about = load_run(run)
    if head not in heads.exclusive:
        raise SystemExit(f"unknown head {head!r}; this run has {', '.join(heads.exclusive)}")
    config = AppealHeadConfig(**{**model.encoder.config.to_dict(), "model_type": AppealHeadConfig.model_type})
    classes = heads.exclusive[head]
    config.id2label, config.label2id = dict(enumerate(classes)), {label: i for i, label in enumerate(classes)}
    AppealHeadConfig.register_for_auto_class()
    AppealHead.register_for_auto_class("AutoModelForSequenceClassification")
    made = AppealHead(config)
    made.encoder.load_state_dict(model.encoder.state_dict())
    made.norm.load_state_dict(model.norm.state_dict())
    made.classifier.load_state_dict(_layer(model, list(heads.exclusive).index(head)).state_dict())
    made.save_pretrained(out)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(Path(about["config"]["base"]) / "tokenizer.json"), bos_token="<s>", eos_token="</s>",
        pad_token="<pad>", unk_token="<unk>", model_max_length=int(about["config"]["max_tokens"]),
    )  # fmt: skip
    tokenizer.save_pretrained(out)


def _layer(model: AppealEncoder, place: int) -> nn.Linear:
    return cast(nn.Linear, model.labels[place])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--head", required=True, help="type, target, topic, urgency, department")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write_head(options.run, options.head, options.out)
    print(json.dumps({"head": options.head, "folder": str(options.out)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
