"""A tagger in two files of a model folder: safetensors for the numbers, JSON for the tags."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.modelfolder import readable
from appealnlp.sequence.convolution import ConvolutionTagger, tagger_of


def load_tagger(folder: Path, name: str) -> tuple[ConvolutionTagger, Mapping[str, Any]]:
    """The tagger of ``name.safetensors`` and ``model.json``, and what else the JSON says. Raises ModelError."""
    from safetensors.numpy import load_file

    with readable(folder):
        about = json.loads((folder / "model.json").read_text("utf-8"))
        return tagger_of(about["tags"], load_file(folder / f"{name}.safetensors")), about


def save_tagger(
    folder: Path, name: str, tags: Sequence[str], tensors: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any]
) -> None:
    """Write both files into an existing folder, the numbers as half floats."""
    from safetensors.numpy import save_file

    half = {key: np.ascontiguousarray(value, np.float16) for key, value in tensors.items()}
    save_file(half, folder / f"{name}.safetensors")
    data = {**about, "tags": list(tags)}
    (folder / "model.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
