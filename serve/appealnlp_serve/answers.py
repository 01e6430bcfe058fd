"""What goes out: bytes of JSON. The analysis in it is ``Analysis.to_dict()``, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from appealnlp import Analysis, Analyzer, Appeal, Withheld

EXPLAINED = ("type", "target", "topic", "urgency", "department")
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump(value: Mapping[str, Any]) -> bytes:
    """JSON as the server writes it: UTF-8, no spaces, never NaN."""
    return _JSON.encode(value).encode()


def record(analysis: Analysis, include: Collection[str] = ()) -> dict[str, Any]:
    """The analysis under the caller's key, with what else was asked for."""
    out: dict[str, Any] = {"id": analysis.id, "analysis": analysis.to_dict(scores="scores" in include)}
    if "masked" in include:
        out["masked"] = masked(analysis)
    if "why" in include:
        out["why"] = {field: [asdict(reason) for reason in analysis.why(field).reasons] for field in EXPLAINED}
    return out


def masked(analysis: Analysis) -> str | None:
    """The masked text; None where it is withheld, since its masking could not be made sure of."""
    try:
        return analysis.masked()
    except Withheld:
        return None


def analyze(analyzer: Analyzer, appeal: Appeal, include: Collection[str] = ()) -> bytes:
    """One appeal to bytes; runs in a thread of the engine."""
    return dump(record(analyzer(appeal), include))
