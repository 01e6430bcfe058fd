"""``--policy`` of the command line and of ``doctor``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from appealnlp import cli
from appealnlp.console import doctor
from appealnlp.schemes.loader import SHIPPED
from batch.fake_analyzer import FakeAnalyzer

Write = Callable[..., Path]


def test_analyze_and_tag_load_the_policy(monkeypatch: pytest.MonkeyPatch, call, tmp_path: Path) -> None:
    given: list[tuple[object, ...]] = []

    def load(*args: object) -> FakeAnalyzer:
        given.append(args)
        return FakeAnalyzer()

    monkeypatch.setattr(cli, "_analyzer", load)
    assert call("analyze", "路灯不亮", "--policy", "foshan")[0] == 0
    assert call("analyze", "路灯不亮")[0] == 0
    assert given == [(None, None, "foshan"), (None, None)]


def test_an_unknown_policy_is_one_sentence(call) -> None:
    code, out, err = call("analyze", "路灯不亮", "--policy", "atlantis")
    assert (code in (1, 2), out) == (True, "")
    assert err.count("\n") == 1


def test_doctor_lints_a_folder_of_policies(policy_file: Write, monkeypatch: pytest.MonkeyPatch, call) -> None:
    monkeypatch.setattr(doctor, "_shipped", lambda: iter(()))
    good = policy_file("hints+: [{id: x, text: 提示}]\n")
    assert call("doctor", "--policy", good.parent)[0] == 0
    bad = policy_file("level: [{id: town}, {id: village}]\n", name="bad.yaml")
    code, out, _ = call("doctor", "--policy", bad.parent)
    assert code == 1
    assert "bad.yaml:4: level.1: unreachable" in out


def test_doctor_reads_policies_after_the_scheme(tmp_path: Path, policy_file: Write) -> None:
    path = policy_file("co: [{id: nobody}]\n")
    assert [fault.count("unknown unit 'nobody'") for fault in doctor._policies(path, SHIPPED)] == [1]
    assert list(doctor._policies(None, tmp_path)) == []
    assert list(doctor._policies(None, None)) == []
