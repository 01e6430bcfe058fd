"""What the routes share: the runtime of the application, strict bodies, and the words of the OpenAPI description."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from appealnlp_serve.bodies import Strict, read
from appealnlp_serve.errors import ApiError
from appealnlp_serve.fields import field
from appealnlp_serve.runtime import Runtime

Form = TypeVar("Form", bound=Strict)
_ERRORS = {
    400: "Not readable", 401: "No valid token", 403: "Not allowed", 408: "Too slow", 413: "Too large",
    415: "Not JSON", 422: "A field is wrong", 429: "Too many requests", 503: "Busy: see Retry-After",
}  # fmt: skip


def runtime(connection: HTTPConnection) -> Runtime:
    """The parts of the application that serves this connection."""
    return cast(Runtime, connection.app.state.runtime)


async def body_of(request: Request, form: type[Form]) -> Form:
    """The body, read strictly. Raises ApiError."""
    kind = (field(request.scope, b"content-type") or "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError("unsupported_media")
    return read(form, await request.body())


def json_response(content: bytes, status: int = 200) -> Response:
    """Bytes of JSON."""
    return Response(content, status, media_type="application/json")


def described(answer: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: a schema of ours, and the one form of an error."""
    found: dict[int | str, dict[str, Any]] = {status: {"description": "OK", **content(answer)}}
    return found | {code: {"description": text, **content("Error")} for code, text in _ERRORS.items()}


def takes(form: type[Strict]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route whose body is read strictly."""
    return {"requestBody": {"required": True, **content(form.__name__)}}


def content(name: str) -> dict[str, Any]:
    """JSON of a named schema."""
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
