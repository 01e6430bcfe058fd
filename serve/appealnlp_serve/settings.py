"""Every setting in one class, from the environment (APPEALNLP_...); unknown and unsafe values are refused."""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from appealnlp import InputError
from appealnlp_serve.tokens import Token

PREFIX = "APPEALNLP_"
OF_THE_LIBRARY = frozenset({"APPEALNLP_REPLAY_KEY", "APPEALNLP_REPLAY_KEY_FILE"})
"""Settings that the analyzer itself reads, in the processes that load it."""
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Settings(BaseSettings):
    """How the server runs. Every field may be set by APPEALNLP_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    host: Annotated[str, Field(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port; 0 takes a free one")] = 8000
    hosts: Annotated[tuple[str, ...], Field(description="Host headers taken while there are no tokens")] = _LOCAL_HOSTS
    model: Annotated[Path | None, Field(description="model folder; the shipped one without it")] = None
    tier: Annotated[str | None, Field(description="tier of the model")] = None
    policy: Annotated[str, Field(description="routing policy: a shipped name or a file")] = "default"

    tokens: Annotated[tuple[Token, ...], Field(description="JSON list of {name, digests, scopes}")] = ()
    tokens_file: Annotated[Path | None, Field(description="file that holds the same list")] = None

    max_body: Annotated[int, Field(ge=1024, le=64 << 20, description="bytes of a body")] = 2 << 20
    max_text: Annotated[int, Field(ge=100, le=200_000, description="code points of an appeal")] = 50_000
    max_batch: Annotated[int, Field(ge=1, le=1000, description="appeals of one batch")] = 100
    body_seconds: Annotated[float, Field(gt=0, le=300, description="time for a body to arrive")] = 15.0
    header_seconds: Annotated[float, Field(gt=0, le=300, description="time for the headers to arrive")] = 10.0
    max_connections: Annotated[int, Field(ge=8, le=65536, description="open connections")] = 1024
    rate: Annotated[float, Field(gt=0, le=100_000, description="requests a second for one token or address")] = 200.0
    burst: Annotated[int, Field(ge=1, le=100_000, description="requests at once for the same")] = 400

    workers: Annotated[int, Field(ge=1, le=64, description="processes that analyse; at most one a core")] = 1
    threads: Annotated[bool, Field(description="analyse in threads instead: less memory, slower")] = False
    queue: Annotated[int, Field(ge=0, le=10_000, description="analyses that may wait")] = 64
    deadline: Annotated[float, Field(gt=0, le=300, description="seconds for one appeal")] = 5.0
    batch_deadline: Annotated[float, Field(gt=0, le=3600, description="seconds for one batch")] = 60.0
    drain_delay: Annotated[float, Field(ge=0, le=60, description="seconds between SIGTERM and closing the port")] = 0.5
    drain_seconds: Annotated[int, Field(ge=1, le=300, description="seconds for running requests to end")] = 30

    live_calls: Annotated[int, Field(ge=1, le=10_000, description="calls followed at once")] = 64
    live_idle: Annotated[float, Field(gt=0, le=3600, description="seconds without words that end a call")] = 300.0

    feedback_url: Annotated[str, Field(description="SQLAlchemy URL")] = "sqlite:///appealnlp-feedback.db"
    feedback_days: Annotated[int, Field(ge=1, le=3650, description="days for which feedback is kept")] = 180

    @field_validator("feedback_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        try:
            make_url(value)
        except ArgumentError:
            raise ValueError("is no SQLAlchemy URL; write for example sqlite:////var/lib/x/feedback.db") from None
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        names = [token.name for token in self.all_tokens]
        if len(set(names)) != len(names):
            raise ValueError("tokens: a name occurs twice; give one entry up to two digests instead")
        if not names and not is_loopback(self.host):
            raise ValueError(
                "host: beyond loopback tokens are needed; run `appealnlp serve --new-token NAME`, set "
                "APPEALNLP_TOKENS, or keep host 127.0.0.1"
            )
        return self

    @property
    def all_tokens(self) -> tuple[Token, ...]:
        """The tokens of the environment and of the file."""
        return (*self.tokens, *(read_tokens(self.tokens_file) if self.tokens_file else ()))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file. Raises ValueError that names the remedy and never the content."""
    try:
        return tuple(Token.model_validate(row) for row in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"tokens_file: cannot be read ({type(error).__name__}); write a JSON list of {{name, digests, scopes}}"
        ) from None


def load_settings(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from the environment, ``given`` on top. Raises InputError, one line a fault, never with a value."""
    unknown = [_unknown(key) for key in (os.environ if environ is None else environ) if _is_unknown(key)]
    if unknown:
        raise InputError("\n".join(unknown))
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise InputError("\n".join(_fault(item) for item in error.errors(include_input=False))) from None
    except ValueError as error:  # a value that is no JSON
        raise InputError(f"{error}; lists are written as JSON") from None


def _fault(item: Mapping[str, Any]) -> str:
    where, words = ".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, ")
    return f"setting {where}: {words}" if where else f"setting {words}"


def _is_unknown(key: str) -> bool:
    name = key.upper()
    known = name in OF_THE_LIBRARY or name[len(PREFIX) :].lower() in Settings.model_fields
    return name.startswith(PREFIX) and not known


def _unknown(key: str) -> str:
    name = key[len(PREFIX) :].lower()
    near = difflib.get_close_matches(name, Settings.model_fields, 1)
    known = ", ".join(sorted(Settings.model_fields))
    remedy = f"did you mean {PREFIX}{near[0].upper()}?" if near else f"known: {known}"
    return f"unknown setting {key}; {remedy}"
