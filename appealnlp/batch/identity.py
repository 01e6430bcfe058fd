"""On what an output depends besides its table: model, scheme, rules, policy, and the data of the library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal

_PROBE = "您好"
_NAMED = ("library", "scheme", "rules", "policy", "ledger", "policy_hash", "scheme_hash", "key")
"""What is taken of ``replay``; the rest may tell one text from another, such as the tier that read it."""
_DATA = {".yaml", ".txt", ".csv", ".json"}


def identify(analyzer: Callable[[Appeal], Analysis]) -> dict[str, Any]:
    """What an analyzer says of itself in an analysis, and the hashes that the manifest of its model lists."""
    try:
        analysis = analyzer(Appeal(_PROBE))
        replay = {name: value for name, value in analysis.replay.items() if name in _NAMED}
    except Exception:  # it is no analyzer of ours, or a row will say what is wrong
        return {}
    model = {**analysis.model, "tier": _tier(analyzer), "files": _files(analyzer)}
    return {"model": model, **replay, "data": library_data()}


def _tier(analyzer: object) -> str | None:
    """The tier that was chosen; None where the analyzer has none."""
    chosen = getattr(analyzer, "tier", None) or getattr(getattr(analyzer, "_tiers", None), "tier", None)
    return chosen if isinstance(chosen, str) else None


def _files(analyzer: object) -> str | None:
    """A hash of the hashes in the manifest of the model; None where the analyzer shows no manifest."""
    files = getattr(getattr(getattr(analyzer, "stored", None), "manifest", None), "files", None)
    return _hash(json.dumps(sorted(dict(files).items())).encode()) if files else None


@cache
def library_data() -> str:
    """A hash of the rules and lists that the library carries."""
    root = Path(__file__).parent.parent
    paths = sorted(path for path in root.rglob("*") if path.suffix in _DATA and path.parts[len(root.parts)] != "models")
    return _hash(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in paths))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
