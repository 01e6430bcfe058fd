"""A process that analyses: ``python -m appealnlp_serve.worker FD`` answers jobs on an inherited socket.

Started by the server alone. It ends when the server closes the socket, never by a signal that is meant for the server:
a service manager or a terminal signals the whole group, and what was accepted must still be answered.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
import sys
import time
from typing import Any

import appealnlp
from appealnlp import Analyzer, AppealError
from appealnlp.threads import one_thread
from appealnlp_serve.errors import ApiError
from appealnlp_serve.frames import pack, receive
from appealnlp_serve.jobs import labels_of
from appealnlp_serve.logs import log, setup

WARM = "小区停水三天了，请尽快恢复供水。"


def warmed(model: Any, tier: str | None, policy: Any) -> Analyzer:  # noqa: ANN401
    """An analyzer whose dictionaries are loaded now, not with the first caller. Raises what ``appealnlp.load`` does."""
    one_thread()
    analyzer = appealnlp.load(model, tier=tier, policy=policy)
    analyzer(WARM).why("type")
    return analyzer


def work(wire: socket.socket) -> None:
    """Load what the first frame says, tell the labels or the error, then answer jobs in turn."""
    try:
        analyzer = warmed(*receive(wire))
    except AppealError as error:
        return wire.sendall(pack(error))
    gc.collect()
    gc.freeze()  # the model stays: no need to go through it again
    wire.sendall(pack(labels_of(analyzer)))
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            wire.sendall(pack(_answer(analyzer, *receive(wire))))


def _answer(analyzer: Analyzer, until: float, job: Any) -> tuple[float, Any]:  # noqa: ANN401
    """Seconds and the result, or the refusal; an unexpected error is logged by type and place."""
    start = time.monotonic()
    if start >= until:
        return 0.0, ApiError("deadline")
    try:
        out = job(analyzer)
    except ApiError as error:
        out = error
    except Exception as error:
        log("failure", level=logging.ERROR, error=error)
        out = ApiError("internal")
    return time.monotonic() - start, out


def main() -> None:
    """Serve the socket whose number is the argument."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    setup()
    with socket.socket(fileno=int(sys.argv[1])) as wire:
        work(wire)


if __name__ == "__main__":
    main()
