"""The files of deployment say what the settings are, and keep the process small."""

from __future__ import annotations

import re

from serve_parts import ROOT

from appealnlp_serve.errors import CODES
from appealnlp_serve.middleware.auth import SCOPES
from appealnlp_serve.openapi import OURS
from appealnlp_serve.settings import Settings

DOCS = (ROOT / "docs" / "deployment.md").read_text("utf-8")


def test_every_setting_is_documented_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `{name.upper()}` \| (.*?) \| (.*) \|$", DOCS, re.MULTILINE)
        assert row, name
        assert str(field.description) in row[2]
        if isinstance(field.default, int | float | str):
            assert row[1] == f"`{field.default}`"


def test_every_address_is_documented() -> None:
    assert all(path in DOCS for path in SCOPES)


def test_every_code_is_described() -> None:
    assert OURS["ErrorBody"]["properties"]["code"]["enum"] == sorted(CODES)


def test_files_name_only_settings_that_exist() -> None:
    for path in ("serve/Dockerfile", "serve/appealnlp.service", "docs/deployment.md"):
        for name in re.findall(r"APPEALNLP_([A-Z_]+)", (ROOT / path).read_text("utf-8")):
            assert name.lower() in Settings.model_fields or name == "名称", (path, name)


def test_the_container_and_the_unit_are_confined() -> None:
    docker, unit = (
        (ROOT / "serve" / "Dockerfile").read_text("utf-8"),
        (ROOT / "serve" / "appealnlp.service").read_text("utf-8"),
    )
    assert re.search(r"^USER 10001", docker, re.MULTILINE)
    assert "--read-only" in docker
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "DynamicUser=yes",
        "CapabilityBoundingSet=",
        "UMask=0077",
    ):
        assert f"\n{line}\n" in unit
