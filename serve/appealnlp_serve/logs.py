"""Structured logs: one JSON object a line, ASCII only, so that no value can begin a line of its own.

Messages of exceptions may hold words of a citizen: only their type and place are written.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from types import TracebackType
from typing import Any

LOGGER = logging.getLogger("appealnlp.serve")


class JsonFormatter(logging.Formatter):
    """A record as one line; arguments of foreign loggers are left out, for they may hold what a client sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        out: dict[str, Any] = {"time": f"{moment}.{int(record.msecs):03d}Z", "level": record.levelname.lower()}
        out["logger"], out["event"] = record.name, _event(record)
        out.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            out["error"] = record.exc_info[0].__name__
            out["at"] = place(record.exc_info[2])
        return json.dumps(out, ensure_ascii=True, default=lambda value: type(value).__name__)


def _event(record: logging.LogRecord) -> str:
    """The template of a message; of loggers that we do not know only the place, for theirs may hold a text."""
    known = record.name.startswith(("appealnlp", "uvicorn")) and isinstance(record.msg, str)
    return record.msg if known else f"{record.module}:{record.lineno}"


def place(trace: TracebackType | None) -> list[str]:
    """Where an exception came from: module, line and function, without any value."""
    frames = traceback.extract_tb(trace)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}:{frame.name}" for frame in frames]


def log(event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object) -> None:
    """Write an event. Give codes, counts and names of ours only."""
    LOGGER.log(level, event, extra={"fields": fields}, exc_info=error)


def setup() -> None:
    """Send our events, and those of the server beneath, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
