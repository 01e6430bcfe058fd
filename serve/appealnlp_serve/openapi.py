"""The OpenAPI description: the routes' own, with the schema of the analysis that the library ships.

``python -m appealnlp_serve.describe`` prints it; serve/openapi.json is its checked-in copy.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from appealnlp_serve.bodies import AnalyzeIn, BatchIn, FeedbackIn
from appealnlp_serve.errors import CODES

_REF = "#/components/schemas/"
_ABOUT = "Reads Chinese citizen appeals. Every refusal has one form (Error); none repeats what was sent."


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


_TEXT, _NULLABLE = {"type": "string"}, {"type": ["string", "null"]}
_LABELS = {"type": "array", "items": _object({"code": _TEXT, "name": _TEXT})}
_WHERE = {"start": {"type": "integer"}, "end": {"type": "integer"}, "text": _TEXT}
_REASON = _object({**_WHERE, "weight": {"type": "number"}, "rule": _TEXT})
_HEADS = ("type", "target", "topic", "urgency", "department")
OURS: dict[str, Any] = {
    "Error": _object({"error": {"$ref": f"{_REF}ErrorBody"}}),
    "ErrorBody": _object({
        "code": {"enum": sorted(CODES)}, "message": _TEXT, "message_zh": _TEXT, "field": _NULLABLE,
        "request_id": _NULLABLE,
    }),
    "Record": _object({
        "id": _NULLABLE, "analysis": {"$ref": f"{_REF}Analysis"}, "masked": _NULLABLE,
        "why": _object({head: {"type": "array", "items": _REASON} for head in _HEADS}),
    }, "masked", "why"),
    "RefusedRow": _object({"id": _NULLABLE, "error": {"$ref": f"{_REF}ErrorBody"}}),
    "Batch": _object({"results": {"type": "array", "items": {
        "anyOf": [{"$ref": f"{_REF}Record"}, {"$ref": f"{_REF}RefusedRow"}]}}}),
    "Kept": _object({"key": {"type": "integer"}, "kept_until": {"type": "string", "format": "date"}}),
    "Status": _object({"status": {"const": "ok"}}),
    "Schemes": _object({"version": _TEXT, **dict.fromkeys((*_HEADS, "flags", "entities"), _LABELS)}),
}  # fmt: skip


def analysis_schemas() -> dict[str, Any]:
    """The library's own schema, its definitions moved to where OpenAPI keeps them."""
    text = (files("appealnlp") / "schemas" / "analysis-1.json").read_text("utf-8")
    schema = json.loads(text.replace('"#/$defs/', f'"{_REF}analysis_'))
    parts = schema.pop("$defs", {})
    schema.pop("$schema", None)
    schema.pop("$id", None)
    return {"Analysis": schema} | {f"analysis_{name}": part for name, part in parts.items()}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description."""
    out = get_openapi(title="appealnlp", version="1", description=_ABOUT, routes=app.routes)
    _, forms = models_json_schema(
        [(form, "validation") for form in (AnalyzeIn, BatchIn, FeedbackIn)], ref_template=_REF + "{model}"
    )
    components = out.setdefault("components", {})
    components["schemas"] = dict(sorted((forms["$defs"] | OURS | analysis_schemas()).items()))
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in out["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422" if "requestBody" not in operation else "", None)
            operation["security"] = [] if path in ("/livez", "/readyz") else [{"token": []}]
    return out


def text_of(app: FastAPI) -> str:
    """The description as the checked-in file has it."""
    return json.dumps(describe(app), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
