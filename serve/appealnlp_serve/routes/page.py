"""The operators' page: files of the package, known by name, so that no path of a client reaches the disk."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

from appealnlp_serve.errors import ApiError

router = APIRouter(include_in_schema=False)
_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    folder = files("appealnlp_serve") / "page"
    kinds = ((item, _KINDS.get(item.name.rpartition(".")[2])) for item in folder.iterdir())
    return {item.name: (item.read_bytes(), f"{kind}; charset=utf-8") for item, kind in kinds if kind}


@router.get("/")
async def index() -> Response:
    """The page."""
    return _answer("index.html")


@router.get("/page/{name}")
async def part(name: str) -> Response:
    """A script or style of the page."""
    return _answer(name)


def _answer(name: str) -> Response:
    found = _files().get(name)
    if found is None:
        raise ApiError("not_found")
    return Response(found[0], headers={"content-type": found[1]})
