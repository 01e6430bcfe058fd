"""Where the shipped models lie: beside the library in the wheel, at the root of a checkout."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "default"
_PLACES = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")


def model_folder(name: str = DEFAULT) -> Path:
    """The folder of the shipped model ``name``; where it is missing, the place where it should lie."""
    return next((place / name for place in _PLACES if (place / name).is_dir()), _PLACES[0] / name)
