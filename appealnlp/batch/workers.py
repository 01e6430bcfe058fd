"""Analysing chunks of appeals, here or in worker processes; order and number are kept."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from typing import Any, Protocol, TypeVar

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.batch.identity import identify
from appealnlp.errors import AppealError, InputError, ModelError
from appealnlp.threads import one_thread

_READY_FOR_EACH = 3
"""Chunks a worker may be ahead of the writer: enough to keep it busy, and a bound on memory."""


class Analyzes(Protocol):
    """What is needed of an analyzer."""

    def __call__(self, appeal: Appeal, /) -> Analysis:
        """Analyse one appeal."""

    def pipe(self, appeals: Iterable[Appeal], /) -> Iterator[Analysis]:
        """Analyse many, order kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an appeal could not be analysed."""

    reason: str


Factory = Callable[[], Analyzes]
Keep = Callable[[Analysis], dict[str, Any]]
Outcome = dict[str, Any] | Refusal


class HasAppeals(Protocol):
    """A chunk of a table."""

    @property
    def appeals(self) -> Sequence[Appeal]:
        """The appeals that the chunk holds."""


Chunk = TypeVar("Chunk", bound=HasAppeals)
Item = TypeVar("Item")


def analyse(
    analyzer: Analyzes, keep: Keep, appeals: Sequence[Appeal], heed: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """One outcome for each appeal. An appeal that fails, for whatever reason, costs no other one its analysis.

    ``heed`` is called between appeals, as far as the analyzer takes them one by one, and may raise what is no
    Exception, to stop.
    """

    def heeded(items: Iterable[Item]) -> Iterator[Item]:
        heed()
        for item in items:
            yield item
            heed()

    try:
        outcomes: list[Outcome] = [keep(analysis) for analysis in heeded(analyzer.pipe(list(appeals)))]
        if len(outcomes) == len(appeals):
            return outcomes
    except Exception:  # the appeal at fault is found below
        pass
    return [_one(analyzer, keep, appeal) for appeal in heeded(appeals)]


def _one(analyzer: Analyzes, keep: Keep, appeal: Appeal) -> Outcome:
    try:
        return keep(analyzer(appeal))
    except InputError as error:
        return Refusal(str(error))
    except Exception as error:  # its message may repeat the text
        return Refusal(f"the analysis failed ({type(error).__name__}); report it as a fault of appealnlp")


class Here:
    """Analyses in this process."""

    def __init__(self, factory: Factory, keep: Keep) -> None:
        self._factory, self._keep = factory, keep
        self._analyzer: Analyzes | None = None

    def _made(self) -> Analyzes:
        self._analyzer = self._analyzer or self._factory()
        return self._analyzer

    def identity(self) -> dict[str, Any]:
        """Which model and rules analyse."""
        return identify(self._made())

    def __call__(self, chunks: Iterable[Chunk]) -> Generator[tuple[Chunk, list[Outcome]], None, None]:
        """Each chunk with its outcomes."""
        analyzer = self._made()
        for chunk in chunks:
            yield chunk, analyse(analyzer, self._keep, chunk.appeals)

    def close(self) -> None:
        """Nothing runs on."""


class Workers:
    """Analyses in processes, each of which loads the model once.

    Processes are started afresh (spawn), so that a script which asks for them needs ``if __name__ == "__main__"``.
    """

    def __init__(self, factory: Factory, keep: Keep, count: int) -> None:
        self._factory, self._keep, self._count = factory, keep, count
        self._context = get_context("spawn")
        self._stop = self._context.Event()
        self._pool: ProcessPoolExecutor | None = None

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            given = (self._factory, self._keep, self._stop)
            self._pool = ProcessPoolExecutor(self._count, self._context, _start, given)
        return self._pool

    def identity(self) -> dict[str, Any]:
        """Which model and rules analyse. Raises AppealError when a worker cannot load or dies."""
        try:
            answer = self._running().submit(_identity).result()
        except BrokenProcessPool:
            raise _died() from None
        if isinstance(answer, str):
            raise ModelError(answer)
        return answer

    def __call__(self, chunks: Iterable[Chunk]) -> Generator[tuple[Chunk, list[Outcome]], None, None]:
        """Each chunk with its outcomes, in order. Raises AppealError when a worker cannot load or dies."""
        try:
            yield from _in_order(self._running(), chunks, self._count * _READY_FOR_EACH)
        except BrokenProcessPool:
            raise _died() from None
        finally:
            self.close()

    def close(self) -> None:
        """End the processes."""
        self._stop.set()  # where all is done it tells nobody; else nobody works on for an answer that is not wanted
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def _died() -> AppealError:
    return AppealError("a worker process died before it could answer; ask for fewer --workers if memory was short")


def _in_order(pool: ProcessPoolExecutor, chunks: Iterable[Chunk], most: int) -> Iterator[tuple[Chunk, list[Outcome]]]:
    waiting: deque[tuple[Chunk, Future[list[Outcome] | str]]] = deque()
    for chunk in chunks:
        waiting.append((chunk, pool.submit(_work, list(chunk.appeals))))
        while waiting and (len(waiting) >= most or waiting[0][1].done()):  # what is done should be saved at once
            yield _answer(*waiting.popleft())
    while waiting:
        yield _answer(*waiting.popleft())


def _answer(chunk: Chunk, future: Future[list[Outcome] | str]) -> tuple[Chunk, list[Outcome]]:
    answer = future.result()
    if isinstance(answer, str):
        raise ModelError(answer)
    return chunk, answer


class _Stopped(BaseException):
    """The answer is no longer wanted; no part of an analyzer may take it for an error of its own."""


@dataclass(frozen=True, slots=True)
class _Worker:
    analyzer: Analyzes
    keep: Keep
    stop: Event

    def work(self, appeals: list[Appeal]) -> list[Outcome]:
        return analyse(self.analyzer, self.keep, appeals, self._heed)

    def _heed(self) -> None:
        if self.stop.is_set():
            raise _Stopped


_worker: _Worker | str = "no model was loaded"
"""In a worker: what it works with, or why it cannot. An error itself may not survive the way between processes."""


def _start(factory: Factory, keep: Keep, stop: Event) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    one_thread()
    try:
        _worker = _Worker(factory(), keep, stop)
    except AppealError as error:
        _worker = str(error)
    except Exception as error:
        _worker = f"the model could not be loaded ({type(error).__name__}: {error})"


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        with contextlib.suppress(Exception):
            parent.join()
        os._exit(1)


def _identity() -> dict[str, Any] | str:
    return _worker if isinstance(_worker, str) else identify(_worker.analyzer)


def _work(appeals: list[Appeal]) -> list[Outcome] | str:
    return _worker if isinstance(_worker, str) else _worker.work(appeals)
