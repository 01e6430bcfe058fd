"""Work on long arrays, block by block, shared by threads: most of it is done without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def blocks(count: int, size: int, workers: int, work: Callable[[slice], T]) -> list[T]:
    """What ``work`` gives for each ``size`` of ``count`` places, in order."""
    parts = [slice(begin, begin + size) for begin in range(0, count, size)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, parts))
