"""A chain in two files of a model folder: safetensors for the numbers, JSON for the tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from appealnlp.errors import ModelError
from appealnlp.sequence.chain import LinearChain

_ARRAYS = ("keys", "weights", "scales", "moves", "first", "last")


def load_chain(folder: Path, name: str) -> tuple[LinearChain, Mapping[str, Any]]:
    """The chain of ``name.safetensors`` and ``model.json``, and what else the JSON says. Raises ModelError."""
    from safetensors.numpy import load_file

    try:
        about = json.loads((folder / "model.json").read_text("utf-8"))
        tensors = load_file(folder / f"{name}.safetensors")
        chain = LinearChain(tuple(about["tags"]), *(tensors[key] for key in _ARRAYS))
        width = len(chain.tags)
        if chain.weights.shape != (len(chain.keys), width) or chain.moves.shape != (width, width):
            raise ValueError(f"weights have shape {chain.weights.shape}, expected {(len(chain.keys), width)}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: cannot be read ({type(error).__name__}: {error}); copy the folder again") from None
    return chain, about


def save_chain(folder: Path, name: str, chain: LinearChain, about: Mapping[str, Any]) -> None:
    """Write both files into an existing folder."""
    from safetensors.numpy import save_file

    tensors = {key: np.ascontiguousarray(getattr(chain, key)) for key in _ARRAYS}
    save_file(tensors, folder / f"{name}.safetensors")
    data = {**about, "tags": list(chain.tags)}
    (folder / "model.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
