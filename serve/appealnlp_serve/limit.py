"""How much may wait: long enough for a burst, short under overload, chosen by what the pool does meanwhile.

A queue that refuses while the pool is never free is longer than it need be: its length is nothing but delay. One that
refuses although the pool is free at times is too short. So, window by window, the limit is halved or grows by half.
The idea is that of CoDel (RFC 8289): control the standing queue, let a passing one be.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

WINDOW = 0.1
"""Seconds over which the pool is watched."""
FREE = 0.02
"""Share of the pool's time that may be free before a queue which refuses counts as too short."""
LEAST = 3
"""Pieces of work for each one of the pool: one runs, one is at hand, one arrives."""
STANDING = 0.03
"""Seconds of work for each one of the pool that may wait at least: arrivals come in bursts."""


class Limit:
    """The limit on pieces of work that wait or run.

    It lies between ``most`` and, for each of ``size``, LEAST or what takes STANDING at ``seconds()`` a piece.
    """

    def __init__(
        self,
        size: int,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        seconds: Callable[[], float] = lambda: STANDING,
    ) -> None:
        self._size, self._most, self._clock, self._seconds = size, most, clock, seconds
        self.value = float(most)
        self._taken = 0
        self._free = 0.0  # seconds of one piece of the pool
        self._refused = False
        self._start = self._then = clock()

    def taken(self, count: int) -> None:
        """Note that now so many are taken."""
        now = self._clock()
        self._count(now)
        self._taken = count
        if now - self._start >= WINDOW:
            self._turn(now)

    def refuses(self, count: int) -> bool:
        """Whether one more than ``count`` is too much."""
        if count < self.value:
            return False
        self._refused = True
        return True

    def _count(self, now: float) -> None:
        self._free += (now - self._then) * max(self._size - self._taken, 0)
        self._then = now

    def _turn(self, now: float) -> None:
        share = self._free / (self._size * (now - self._start))
        grows = share > FREE or not self._refused
        self.value = min(self.value * 1.5, self._most) if grows else max(self.value / 2, self._least())
        self._free, self._refused, self._start = 0.0, False, now

    def _least(self) -> int:
        each = max(LEAST, math.ceil(STANDING / max(self._seconds(), 1e-6)))
        return min(self._size * each, self._most)
