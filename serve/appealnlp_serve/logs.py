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

from appealnlp_serve.lines import Lines

LOGGER = logging.getLogger("appealnlp.serve")
_JSON = json.JSONEncoder(ensure_ascii=True, default=lambda value: type(value).__name__)


class JsonFormatter(logging.Formatter):
    """A record as one line; arguments of foreign loggers are left out, for they may hold what a client sent."""

    _second = -1
    _words = ""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        level = record.levelname.lower()
        out: dict[str, Any] = {"time": self._moment(record), "level": level, "logger": record.name}
        out["event"] = _event(record)
        out.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            out["error"] = record.exc_info[0].__name__
            out["at"] = place(record.exc_info[2])
        return _JSON.encode(out)

    def _moment(self, record: logging.LogRecord) -> str:
        """The time of a record; a second is written out once for all its records."""
        second = int(record.created)
        if second != self._second:
            self._words = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return f"{self._words}.{int(record.msecs):03d}Z"


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
    if not LOGGER.isEnabledFor(level):
        return
    about = (type(error), error, error.__traceback__) if error is not None else None
    # made here, since Logger.log would look for the caller on the stack, which no line of ours tells
    record = logging.LogRecord(LOGGER.name, level, __file__, 0, event, (), about)
    record.fields = fields
    LOGGER.handle(record)


class LineHandler(logging.Handler):
    """Formats where the event happens, writes in batches elsewhere; what is graver than a warning is out at once."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """One line more."""
        try:
            self.lines.add(self.format(record))
            if record.levelno >= logging.ERROR:
                self.lines.flush()
        except Exception:  # the log must not break what it tells of
            self.handleError(record)

    def flush(self) -> None:
        """Write what waits."""
        self.lines.flush()

    def close(self) -> None:
        """Write what waits; called by ``logging`` at the end of the process, too."""
        self.lines.close()
        super().close()


def setup(*, batched: bool = False) -> None:
    """Send our events, and those of the server beneath, to standard error as JSON.

    ``batched`` is for the process that serves: a reader of the log that is slow must not hold up its event loop.
    """
    handler = LineHandler(Lines(sys.stderr)) if batched else logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line of ours tells them
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)


def flush() -> None:
    """Write what waits of the log."""
    for handler in logging.getLogger().handlers:
        handler.flush()
