"""SIGTERM under load, over and over: how many requests that were sent never got their answer.

    python tests/benchmarks/serve_sigterm.py --rounds 50

Eight connections ask as fast as they are answered, each again on a new one when the server says so; at a random moment
the server gets SIGTERM. Lost is every request that was written to an established connection and not answered in full.
A connection that is refused is none. Prints a line a round, what the client of a lost request saw, and the sum; ends
with 1 when a request was lost.
"""

from __future__ import annotations

import argparse
import random
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "serve"), str(ROOT / "tests" / "serve"), str(Path(__file__).parent)]

from serve_parts import Served  # noqa: E402
from wire import exchange, requests_of, texts_of  # noqa: E402


@dataclass
class Count:
    """What became of the requests of one round."""

    answered: int = 0
    refused: int = 0
    lost: int = 0
    after: int = 0
    """Answered after the signal."""
    signalled: float = field(default=0.0, repr=False)
    """When, in seconds of the monotonic clock; 0 before."""
    stories: list[str] = field(default_factory=list, repr=False)
    """Of each lost request."""

    def add(self, status: int, turn: int, begun: float, fault: str) -> None:
        """One request: its status, 0 when no whole answer came, and which one of its connection it was."""
        self.answered += status == 200
        self.refused += status == 503
        self.lost += status not in (200, 503)
        self.after += bool(self.signalled) and status == 200
        if status not in (200, 503):
            now = time.monotonic()
            when = f"{begun - self.signalled:.3f} s after the signal" if self.signalled else "before the signal"
            self.stories.append(
                f"status {status}, request {turn} of its connection, begun {when}, {now - begun:.3f} s: {fault}"
            )


def client(port: int, requests: list[bytes], count: Count, lock: threading.Lock) -> None:
    """Ask until the port is closed."""
    wire: socket.socket | None = None
    turn = on_wire = 0
    while True:
        if wire is None:
            on_wire = 0
            try:
                wire = socket.create_connection(("127.0.0.1", port), 30)
            except OSError:
                return
        begun, on_wire = time.monotonic(), on_wire + 1
        status, stays, fault = exchange(wire, requests[turn % len(requests)])
        turn += 1
        with lock:
            count.add(status, on_wire, begun, fault)
        if not stays:
            wire.close()
            wire = None
        if status == 503:
            time.sleep(0.01)


def once(model: Path, connections: int, seconds: float, requests: list[bytes], **settings: object) -> Count:
    """One server from its start to its end."""
    count, lock = Count(), threading.Lock()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(model.resolve(), Path(folder), **settings)
        args = (served.port, requests, count, lock)
        clients = [threading.Thread(target=client, args=args) for _ in range(connections)]
        for thread in clients:
            thread.start()
        time.sleep(seconds)
        count.signalled = time.monotonic()
        code = served.stop()
        for thread in clients:
            thread.join(60)
    if code not in (0, -15, 143):
        raise SystemExit(f"the server ended with {code}")
    return count


def main() -> None:
    """Rounds and their sum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--tier", default="linear")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--connections", type=int, default=8)
    args = parser.parse_args()
    requests, dice = requests_of(texts_of(None)), random.Random(1)
    rounds = []
    for turn in range(args.rounds):
        rounds.append(once(args.model, args.connections, dice.uniform(0.2, 1.0), requests, tier=args.tier))
        print(f"{turn + 1} {rounds[-1]}", *rounds[-1].stories, sep="\n  ", flush=True)
    answered, after, lost = (sum(getattr(found, name) for found in rounds) for name in ("answered", "after", "lost"))
    print(f"{args.rounds} SIGTERMs: {answered} answered, {after} of them after the signal; {lost} lost")
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
