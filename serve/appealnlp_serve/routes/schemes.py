"""The labels that answers use, with their names: for pages and for systems that take our codes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from appealnlp import Analyzer
from appealnlp_serve.answers import dump
from appealnlp_serve.routes.common import described, json_response, runtime

router = APIRouter(tags=["schemes"])


@router.get("/v1/schemes", responses=described("Schemes"))
async def schemes(request: Request) -> Response:
    """Labels, flags, units and topics of the scheme in use."""
    parts = runtime(request)
    return json_response(dump(scheme_of(parts.analyzer)))


def scheme_of(analyzer: Analyzer) -> dict[str, Any]:
    """The scheme as plain values."""
    scheme = analyzer.scheme
    heads = {
        "type": scheme.types, "target": scheme.targets, "urgency": scheme.urgencies, "flags": scheme.flags,
        "entities": scheme.entities,
    }  # fmt: skip
    out: dict[str, Any] = {"version": scheme.version}
    for head, labels in heads.items():
        out[head] = [{"code": code, "name": label.name} for code, label in labels.items()]
    out["department"] = [{"code": code, "name": unit.name} for code, unit in scheme.departments.items()]
    out["topic"] = [{"code": code, "name": code} for code in scheme.labels("topic")]
    return out
