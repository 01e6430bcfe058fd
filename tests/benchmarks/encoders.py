"""Milliseconds that each encoder of a model takes for an appeal of 200 characters on one core, beside torch.

    OMP_NUM_THREADS=1 python tests/benchmarks/encoders.py --run runs/shipped    a run that ``recover`` made of the model

The texts are our own appeals (corpora/own), strung together and cut to the same length. All take turns, text by text,
so that a busy machine slows all of them. Then the seconds of a cold ``appealnlp.load()`` of each tier in a new process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "training")]

from appealnlp.classify import load_model  # noqa: E402
from appealnlp.text import normalize  # noqa: E402
from appealnlp_training.export import load_run  # noqa: E402
from appealnlp_training.prepare import own  # noqa: E402

_LOAD = """
import time
started = time.perf_counter()
import appealnlp
appealnlp.load({model!r}, tier={tier!r})
print(time.perf_counter() - started)
"""


def texts(length: int, count: int) -> list[str]:
    """So many stretches of our own appeals, one length."""
    whole = "".join(normalize(record.text).text for record in own(ROOT / "corpora" / "own"))
    return [whole[place : place + length] for place in range(0, length * count, length)]


def reader_of_run(run: Path) -> Callable[[str], object]:
    """The same encoder in torch, as it was before it was exported: float32, one thread."""
    model, _, about = load_run(run)
    tokenizer = Tokenizer.from_file(str(Path(about["config"]["base"]) / "tokenizer.json"))

    def read(text: str) -> object:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.inference_mode():
            return model(ids, torch.ones_like(ids))

    return read


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--run", type=Path, required=True, help="the encoder's run, for torch")
    parser.add_argument("--length", type=int, default=200, help="characters of a text")
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--loads", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    readers = {"torch, encoder": reader_of_run(options.run)}
    for tier in load_model(options.model, tier="linear").tiers:
        encoder = load_model(options.model, tier=tier).encoder
        if encoder and encoder.name == tier:
            readers[f"int8, {tier}"] = encoder.encode
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for text in texts(options.length, options.texts):
        for name, read in readers.items():
            started = time.perf_counter()
            read(text)
            taken[name].append((time.perf_counter() - started) * 1000)
    first = median(taken["torch, encoder"])
    for name, found in taken.items():
        print(
            f"{name:16} {median(found):6.1f} ms in the median of {len(found)}, {first / median(found):5.2f} times torch"
        )
    for tier in load_model(options.model, tier="linear").tiers:
        code = _LOAD.format(model=str(options.model), tier=tier)
        seconds = [
            float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
            for _ in range(options.loads)
        ]
        print(json.dumps({"cold load": tier, "median s": round(median(seconds), 3), "n": options.loads}))


if __name__ == "__main__":
    main()
