"""Latency and throughput of the endpoint on loopback, load from a second process at 1, 8 and 32 connections.

    python tests/benchmarks/serve_load.py                                           the shipped model
    python tests/benchmarks/serve_load.py --tiers linear encoder cascade --plain HEAD_FOLDER

With --plain also the rival: FastAPI and a transformers pipeline with the same encoder (head_export writes the folder).
Each is measured ``--rounds`` times, in turn; the round with the most answers a second is shown, and all rounds' rates.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path[:0] = [str(ROOT), str(ROOT / "serve"), str(ROOT / "tests" / "serve")]

from serve_parts import Served  # noqa: E402

CONNECTIONS = (1, 8, 32)
Start = Callable[[], Any]


def load(port: int, seconds: float, *more: str) -> dict[str, Any]:
    """A load from a process of its own."""
    command = [sys.executable, str(HERE / "wire.py"), str(port), "--seconds", str(seconds), *more]
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
    return found


@contextmanager
def ours(model: Path, tier: str | None, workers: int) -> Iterator[tuple[int, list[str]]]:
    """Our endpoint: its port, and what the load needs to know."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(model.resolve(), Path(folder), workers=workers, **({"tier": tier} if tier else {}))
        try:
            yield served.port, []
        finally:
            served.stop()


@contextmanager
def plain(folder: Path, threads: int | None) -> Iterator[tuple[int, list[str]]]:
    """The rival, with torch's own choice of threads or so many."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    env |= {"OMP_NUM_THREADS": str(threads)} if threads else {}
    process = subprocess.Popen([sys.executable, str(HERE / "plain_endpoint.py"), str(folder), str(port)], env=env)
    try:
        for _ in range(1200):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1):
                break
            time.sleep(0.1)
        yield port, ["--path", "/classify"]
    finally:
        process.terminate()
        process.wait()


def measure(start: Start, seconds: float, more: list[str]) -> dict[int, dict[str, Any]]:
    """One round."""
    with start() as (port, needed):
        load(port, 2, "--connections", "8", *needed, *more)
        return {n: load(port, seconds, "--connections", str(n), *needed, *more) for n in CONNECTIONS}


def show(name: str, rounds: list[dict[int, dict[str, Any]]]) -> None:
    """The best round of each number of connections."""
    for count in CONNECTIONS:
        best = max((found[count] for found in rounds), key=lambda found: found["goodput"])
        rates = ", ".join(f"{found[count]['goodput']:.1f}" for found in rounds)
        faults = sum(n for status, n in best["counts"].items() if status[0] == "5") + best["broken"]
        others = {status: n for status, n in best["counts"].items() if status != "200"} or ""
        print(f"{name:20} {count:3} connections  p50 {best['p50']:7.2f} ms  p99 {best['p99']:7.2f} ms  "
              f"{best['goodput']:7.1f} /s  ({rates})  5xx or broken {faults} {others}", flush=True)  # fmt: skip


def main() -> None:
    """Start each server, load it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--tiers", nargs="*", help="the model's own default without it")
    parser.add_argument("--plain", type=Path)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=[1], nargs="*")
    parser.add_argument("--texts", type=Path)
    args = parser.parse_args()
    starts: dict[str, Start] = {
        f"{tier or 'default'}, {workers} process{'es' * (workers > 1)}": partial(ours, args.model, tier, workers)
        for tier in args.tiers or [None] for workers in args.workers
    }  # fmt: skip
    if args.plain:
        starts |= {"plain": partial(plain, args.plain, None), "plain, 1 thread": partial(plain, args.plain, 1)}
    more = ["--texts", str(args.texts)] if args.texts else []
    rounds = [{name: measure(start, args.seconds, more) for name, start in starts.items()} for _ in range(args.rounds)]
    for name in starts:
        show(name, [found[name] for found in rounds])


if __name__ == "__main__":
    main()
