"""Fixtures for all tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Result(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process."""
    from appealnlp import cli

    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)

    def call_(*args: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["appealnlp", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Result(int(ended.value.code or 0), *capsys.readouterr())

    return call_


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared public data, beside the repository; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "gold" / "dev.jsonl").exists():
        pytest.skip("shared data folder is absent")
    return folder
