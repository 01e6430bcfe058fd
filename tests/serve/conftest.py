"""Fixtures of the endpoint: an analyzer, an application, a client, a server in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import appealnlp
from appealnlp import Analyzer, ModelError

if TYPE_CHECKING:
    from serve_parts import Served
    from starlette.testclient import TestClient

ROOT = Path(__file__).resolve().parents[2]
MODELS = (os.environ.pop("APPEALNLP_MODEL", None), *(ROOT / "models" / name for name in ("default", "own")))
PARTS = ("fastapi", "uvicorn", "pydantic_settings", "prometheus_client", "sqlalchemy", "websockets", "httpx")
ABSENT = [part for part in PARTS if find_spec(part) is None]


class Absent(pytest.Module):
    """A module of tests that cannot be imported here; it says why."""

    def collect(self) -> list[pytest.Item]:
        reason = f"{', '.join(ABSENT)} not installed: pip install 'appealnlp[serve,dev]'"
        raise pytest.skip.Exception(reason, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if ABSENT and module_path.parent == Path(__file__).parent:
        return Absent.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="session")
def model() -> Path:
    """The first model folder that loads."""
    for folder in filter(None, MODELS):
        try:
            appealnlp.load(folder)
        except ModelError:
            continue
        return Path(folder)
    pytest.skip("no model folder that this version reads; train one or set APPEALNLP_MODEL")


@pytest.fixture(scope="session")
def nlp(model: Path) -> Analyzer:
    """The linear tier: the endpoint is under test, not the model."""
    return appealnlp.load(model, tier="linear")


@pytest.fixture
def make(nlp: Analyzer, tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Clients of applications with settings of their own; their threads end with the test."""
    from starlette.testclient import TestClient

    from appealnlp_serve import create_app, load_settings

    open_: list[TestClient] = []

    def client(analyzer: Any = None, **given: Any) -> TestClient:
        given = {"rate": 100_000, "burst": 100_000} | given
        given.setdefault("feedback_url", f"sqlite:///{tmp_path / 'feedback.db'}")
        app = create_app(load_settings({}, **given), analyzer or nlp)
        made = TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1")
        made.app_state["parts"] = app.state.runtime
        made.__enter__()
        open_.append(made)
        return made

    yield client
    for made in open_:
        made.__exit__(None, None, None)


@pytest.fixture
def client(make: Callable[..., TestClient]) -> TestClient:
    return make()


@pytest.fixture
def guarded(make: Callable[..., TestClient]) -> TestClient:
    from serve_parts import ENTRIES

    return make(tokens=ENTRIES)


@pytest.fixture(scope="module")
def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from serve_parts import Served

    server = Served(model, tmp_path_factory.mktemp("served"), header_seconds=1, body_seconds=1, max_body=65536)
    yield server
    server.stop()
