"""The guide tells the truth: the options that it names exist, those of `tag` are in it, its Python can be read."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from appealnlp import batch, cli

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "batch.md").read_text("utf-8")
OPTIONS = {f"--{name.replace('_', '-')}" for name in inspect.signature(cli.tag).parameters} - {"--table", "--output"}
ELSEWHERE = {"--ledger"}
"""Described where it belongs."""


def test_options_of_the_guide_exist():
    assert set(re.findall(r"--[a-z][a-z-]+", GUIDE)) <= OPTIONS


def test_options_are_in_the_guide():
    assert {option for option in OPTIONS if f"{option}" not in GUIDE} <= ELSEWHERE


def test_names_of_the_library():
    imported = re.search(r"from appealnlp\.batch import (.*)", GUIDE)[1].split(", ")
    assert set(imported) <= set(batch.__all__)


def test_examples_can_be_read():
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.S):
        compile(code, "docs/batch.md", "exec")
