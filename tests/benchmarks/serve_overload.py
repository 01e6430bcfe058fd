"""Overload: ten times what the endpoint can do, from an open loop in a process of its own.

    python tests/benchmarks/serve_overload.py                       linear tier of the shipped model, 60 seconds
    python tests/benchmarks/serve_overload.py --tier cascade --seconds 20

Prints the peak (best goodput of closed and open loops), latency at 80 % of it, then ten times the peak: goodput,
latency of what was accepted, /livez and memory, each beside its target. Of each phase it is told how many cores the
server, the generator and everything else had (Linux), and the peak is looked for again at the end: figures of a machine
on which other work comes and goes say little.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "serve"), str(ROOT / "tests" / "serve")]

from serve_parts import Served  # noqa: E402

STEPS = (0.9, 1.0, 1.1, 1.3)
"""Rates, as shares of the closed loop's goodput, at which a peak is looked for."""


def load(port: int, seconds: float, *more: str) -> dict[str, Any]:
    """A load from a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("wire.py")), str(port), "--seconds", str(seconds), *more]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def cores_of(served: Served) -> tuple[float, float, float]:
    """Seconds so far, those in which a core worked, and those that the server and its processes had of them."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    mine = 0
    for one in family(served.process.pid):
        mine += sum(map(int, Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return time.perf_counter(), (sum(fields) - fields[3] - fields[4]) / ticks, mine / ticks


class Watch(threading.Thread):
    """Asks /livez twenty times a second and reads the memory of the server and its processes."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self.served, self.slow, self.memory = served, list[float](), list[int]()
        self._stop_now = threading.Event()

    def run(self) -> None:
        """Until ``end``."""
        while not self._stop_now.wait(0.05):
            start = time.perf_counter()
            with urllib.request.urlopen(f"{self.served.url}/livez", timeout=10) as answer:
                assert answer.status == 200
            self.slow.append(time.perf_counter() - start)
            if len(self.slow) % 20 == 1:
                self.memory.append(memory(self.served.process.pid))

    def end(self) -> dict[str, Any]:
        """What was seen."""
        self._stop_now.set()
        self.join()
        slow = sorted(self.slow)
        rest = {"livez_ms": [round(slow[len(slow) // 2] * 1000, 1), round(slow[-1] * 1000, 1)]}
        return {**rest, "memory_mb": [self.memory[0], max(self.memory), self.memory[-1]]}


def family(pid: int) -> list[int]:
    """A process and its children, where the system tells them."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())] if children.exists() else [pid]


def memory(pid: int) -> int:
    """Resident megabytes of a process and its children, where the system tells them."""
    total = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total // 1024


def watched(served: Served, seconds: float, *more: str) -> dict[str, Any]:
    """A load, what the watch saw meanwhile, and who had the cores."""
    watch = Watch(served)
    watch.start()
    found = counted(served, seconds, *more)
    return {**found, **watch.end()}


def counted(served: Served, seconds: float, *more: str) -> dict[str, Any]:
    """A load, and who had the cores."""
    if not Path("/proc/stat").exists():
        return load(served.port, seconds, *more)
    before = cores_of(served)
    found = load(served.port, seconds, *more)
    took, all_cores, mine = (after - then for then, after in zip(before, cores_of(served), strict=True))
    others = (all_cores - mine) / took - found["generator_cores"]
    return {**found, "server_cores": round(mine / took, 2), "other_cores": round(others, 2)}


def measure(served: Served, seconds: float, connections: int, more: list[str]) -> None:
    """Peak, 80 %, ten times; printed as they come."""
    step = min(5.0, seconds)
    load(served.port, min(3.0, seconds), "--connections", "8", *more)
    loops = [counted(served, step, "--connections", str(count), *more) for count in (8, 32)]
    base = max(found["goodput"] for found in loops)
    wide = ["--connections", str(connections), *more]
    loops += [counted(served, step, "--rate", str(base * share), *wide) for share in STEPS]
    best = max(loops, key=lambda found: found["goodput"])
    peak = best["goodput"]
    print(f"peak        {peak:7.1f} /s   (closed loop {base:.1f} /s) {json.dumps(best)}", flush=True)
    calm = watched(served, max(min(10.0, seconds), seconds / 3), "--rate", str(0.8 * peak), *wide)
    print(f"at 80 %     {calm['goodput']:7.1f} /s   {json.dumps(calm)}", flush=True)
    hard = watched(served, seconds, "--rate", str(10 * peak), *wide)
    print(f"ten times   {hard['goodput']:7.1f} /s   {json.dumps(hard)}", flush=True)
    again = [counted(served, step, "--rate", str(peak * share), *wide) for share in STEPS]
    later = max(again, key=lambda found: found["goodput"])
    print(f"peak again  {later['goodput']:7.1f} /s   {json.dumps(later)}", flush=True)
    arrived = sum(hard["counts"].values()) / seconds
    faults = sum(count for status, count in hard["counts"].items() if status[0] == "5" and status != "503")
    print(f"  refused   {hard['counts'].get('503', 0)}; other 5xx {faults}; broken connections {hard['broken']}")
    print(f"  arrived   {arrived:7.0f} /s   {arrived / peak:.1f} times the peak; unsent {hard['unsent']}")
    for name, value, target, good in (
        ("goodput", hard["goodput"] / peak, ">= 0.90 of the peak", hard["goodput"] >= 0.9 * peak),
        ("accepted p99", hard["p99"] / calm["p99"], "<= 2.0 times that at 80 %", hard["p99"] <= 2 * calm["p99"]),
        ("/livez ms", hard["livez_ms"][1], "< 100", hard["livez_ms"][1] < 100),
        ("memory grew MB", hard["memory_mb"][2] - hard["memory_mb"][0], "steady", True),
    ):
        print(f"  {name:15} {value:8.2f}   {target:26} {'met' if good else 'MISSED'}", flush=True)


def main() -> None:
    """Start the server, load it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--tier", default="linear")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--connections", type=int, default=900, help="of the open loop")
    parser.add_argument("--even", action="store_true", help="arrivals at equal distances instead of Poisson's")
    parser.add_argument("--texts", type=Path)
    args = parser.parse_args()
    more = [*(["--even"] if args.even else []), *(["--texts", str(args.texts)] if args.texts else [])]
    settings = {"workers": args.workers, "tier": args.tier}
    with tempfile.TemporaryDirectory() as folder:
        served = Served(args.model.resolve(), Path(folder), **settings)
        try:
            measure(served, args.seconds, args.connections, more)
        finally:
            served.stop()


if __name__ == "__main__":
    main()
