"""Settings: what is unknown or unsafe is refused, with a remedy and without the value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from appealnlp import InputError
from appealnlp.replay import KEY, KEY_FILE
from appealnlp_serve import load_settings
from appealnlp_serve.settings import OF_THE_LIBRARY, is_loopback
from appealnlp_serve.tokens import Token, digest, find, new_token

TOKEN = {"name": "hall", "digests": [digest("x")], "scopes": ["analyze"]}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"host": "0.0.0.0"}, "beyond loopback tokens are needed"),
        ({"host": "::"}, "--new-token"),
        ({"host": "intake.example"}, "tokens are needed"),
        ({"port": 70000}, "port"),
        ({"workers": 0}, "workers"),
        ({"queue": -1}, "queue"),
        ({"feedback_url": "secret-word"}, "no SQLAlchemy URL"),
        ({"tokens": [TOKEN, TOKEN]}, "occurs twice"),
        ({"tokens": [{**TOKEN, "digests": ["abc"]}]}, "digests"),
        ({"tokens": [{**TOKEN, "digests": [digest("x")] * 3}]}, "digests"),
        ({"tokens": [{**TOKEN, "scopes": ["all"]}]}, "scopes"),
        ({"tokens": [{**TOKEN, "token": "secret-word"}]}, "token"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_unsafe_values_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        load_settings({}, **given)
    assert "secret-word" not in str(raised.value)


def test_unknown_variables_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean APPEALNLP_WORKERS"):
        load_settings({"APPEALNLP_WORKRES": "2"})
    with pytest.raises(InputError, match="known: batch_deadline"):
        load_settings({"APPEALNLP_ZZZZZZ": "2"})


def test_variables_of_the_library_are_its_own() -> None:
    assert {KEY, KEY_FILE} == OF_THE_LIBRARY
    load_settings(dict.fromkeys(OF_THE_LIBRARY, "random"))


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPEALNLP_TOKENS", json.dumps([TOKEN]))
    monkeypatch.setenv("APPEALNLP_HOST", "0.0.0.0")
    settings = load_settings()
    assert settings.host == "0.0.0.0"
    assert settings.all_tokens[0].name == "hall"
    monkeypatch.setenv("APPEALNLP_TOKENS", "{not json")
    with pytest.raises(InputError, match="JSON"):
        load_settings()


def test_tokens_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps([TOKEN]), "utf-8")
    assert load_settings({}, tokens_file=path, host="0.0.0.0").all_tokens[0].name == "hall"
    path.write_text("secret-word", "utf-8")
    with pytest.raises(InputError, match="tokens_file: cannot be read") as raised:
        load_settings({}, tokens_file=path)
    assert "secret-word" not in str(raised.value)


def test_two_keys_of_one_name_live_at_once() -> None:
    old, new = new_token(), new_token()
    token = Token(name="hall", digests=(digest(old), digest(new)), scopes=frozenset({"analyze"}))
    assert find([token], old) is token
    assert find([token], new) is token
    assert find([token], new + "x") is None
    assert find([token], "") is None


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
