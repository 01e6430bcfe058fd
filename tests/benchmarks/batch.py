"""A table of appeals, all heads and entities, beside jieba, TF-IDF and a linear SVM for one head; two processes each.

    python -m appealnlp_training.prepare --shared ../shared --out runs/data
    python tests/benchmarks/batch.py --appeals ../shared/data/appeals --train runs/data/train.jsonl [--rows 100000]

The appeals are real ones with small edits, in a scratch folder that goes at the end. Every job runs in processes of its
own, one after the other: from a csv file to a csv file, models loaded within the time that is taken. Prints rates and
their ratio by the clock and by processor time (which a busy machine changes little), the peak memory of all processes
of a job (proportional set size, Linux), and what a kill -9 in the middle costs. ``--model`` names a folder with an
encoder, whose tiers then stand beside, on ``--encoder-rows`` appeals.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import pickle
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROW = 46
PROCESSES = 2
PART = 1000
GREETINGS = ("您好，", "领导好！", "尊敬的领导：", "你好，我想反映一下，", "")
Answer = dict[str, Any]


def edited(text: str, rng: random.Random) -> str:
    """The text with other digits, perhaps a greeting, perhaps without one of its sentences: about as long."""
    text = re.sub("[0-9]", lambda found: str(rng.randrange(10)) if rng.random() < 0.3 else found[0], text)
    parts = re.split("(?<=[。！？；])", text)
    if len(parts) > 4 and rng.random() < 0.3:
        del parts[rng.randrange(len(parts))]
    return rng.choice(GREETINGS) + "".join(parts)


def make_table(appeals: Path, table: Path, rows: int) -> str:
    """Write the table; what is in it."""
    rng = random.Random(0)
    files = sorted(appeals.glob("*.jsonl"))
    real = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    lengths, seen = [], set()
    with table.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["编号", "标题", "内容"])
        for number in range(rows):
            row = rng.choice(real)
            text = edited(row["text"], rng)
            lengths.append(len(text))
            seen.add(hash(text))
            out.writerow([number, row.get("title") or "", text])
    return (
        f"{rows} appeals made of {len(real)} real ones, {len(seen)} distinct, "
        f"mean {statistics.mean(lengths):.0f}, median {statistics.median(lengths):.0f} characters"
    )


# jobs: each runs in an interpreter of its own


def cut(text: str) -> list[str]:
    """Words of jieba; a function, since the tokenizer itself cannot be stored."""
    import jieba

    return jieba.lcut(text)


def train(records: str, head: str, model: str) -> Answer:
    """Train the baseline and store it."""
    from appealnlp_training.baseline import pipeline
    from appealnlp_training.records import read_records

    known = [record for record in read_records(Path(records)) if getattr(record, head) is not None]
    made = pipeline().set_params(tfidfvectorizer__tokenizer=cut)
    made.fit([record.content for record in known], [getattr(record, head) for record in known])
    Path(model).write_bytes(pickle.dumps(made))
    return {"trained": len(known), "classes": len(made.classes_), "words": len(made[0].vocabulary_)}


_baseline: Any = None


def _load_baseline(model: str) -> None:
    global _baseline
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    _baseline = pickle.loads(Path(model).read_bytes())


def _predict(texts: list[str]) -> list[str]:
    return [str(label) for label in _baseline.predict(texts)]


def baseline(table: str, out: str, model: str) -> Answer:
    """One head of all rows by the baseline, in chunks, no more of them read than are at work."""
    begun = time.perf_counter()
    pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), _load_baseline, (model,))
    with (
        pool,
        Path(table).open(encoding="utf-8", newline="") as source,
        Path(out).open("w", encoding="utf-8") as target,
    ):
        write = csv.writer(target)
        rows = csv.DictReader(source)
        done = 0
        for part, labels in _bounded(pool, iter(lambda: list(islice(rows, PART)), [])):
            write.writerows((row["编号"], label) for row, label in zip(part, labels, strict=True))
            done += len(labels)
    return {"rows": done, "seconds": time.perf_counter() - begun}


def _bounded(pool: ProcessPoolExecutor, parts: Iterable[list[Any]]) -> Iterator[tuple[list[Any], list[str]]]:
    waiting: deque[Any] = deque()
    for part in parts:
        waiting.append((part, pool.submit(_predict, [f"{row['标题']}\n{row['内容']}" for row in part])))
        if len(waiting) > 2 * PROCESSES:
            first, future = waiting.popleft()
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


class Counting:
    """An analyzer that leaves a byte for each appeal it analyses, so that the work of killed processes is counted."""

    def __init__(self, analyzer: Any, folder: str) -> None:
        self._analyzer = analyzer
        self._file = (Path(folder) / f"{os.getpid()}-{time.monotonic_ns()}").open("ab", buffering=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._analyzer, name)

    def __call__(self, appeal: Any) -> Any:
        return self._analyzer(appeal)

    def pipe(self, appeals: Iterable[Any]) -> Iterator[Any]:
        for appeal in appeals:
            self._file.write(b".")
            yield self._analyzer(appeal)


def analyzer(model: str | None, tier: str, counts: str | None) -> Any:
    """What analyses in a worker."""
    import appealnlp

    made = appealnlp.load(model, tier=tier)
    return Counting(made, counts) if counts else made


def ours(
    table: str, out: str, model: str | None, tier: str, resume: bool = False, counts: str | None = None,
    done: str | None = None,
) -> Answer:  # fmt: skip
    """All heads and entities of all rows."""
    from appealnlp.batch import TagOptions, tag

    said = 0

    def progress(rows: int, share: float | None) -> None:
        nonlocal said
        said += rows
        if done:
            Path(done).write_text(str(said))

    options = TagOptions(workers=PROCESSES, overwrite=not resume, resume=resume)
    begun = time.perf_counter()
    factory = partial(analyzer, model, tier, counts)
    report = tag(table, out, analyzer_factory=factory, options=options, progress=progress)
    seconds = time.perf_counter() - begun
    return {"rows": report.rows_out, "rejects": report.rejects, "resumed": report.resumed, "seconds": seconds}


JOBS: dict[str, Callable[..., Answer]] = {"train": train, "baseline": baseline, "ours": ours}


# measuring them


@dataclass(frozen=True)
class Measured:
    """The answer of a job, its processor time (all processes, starting included), its peak memory in MiB."""

    answer: Answer
    processor: float
    peak: float

    @property
    def rate(self) -> float:
        """Appeals a second by the clock."""
        return float(self.answer["rows"] / self.answer["seconds"])

    @property
    def by_processor(self) -> float:
        """Appeals a second of processor time."""
        return float(self.answer["rows"] / self.processor)


def start(job: str, **given: Any) -> subprocess.Popen[str]:
    """Start a job in a group of its own."""
    command = [sys.executable, __file__, "--job", json.dumps({"job": job, **given})]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def measure(job: str, **given: Any) -> Measured:
    """Run a job to its end and watch it."""
    process = start(job, **given)
    peak = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, sum(map(_size, _tree(process.pid))))
        time.sleep(0.5)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = process.stdout.read() if process.stdout else ""
    if status:
        raise SystemExit(f"{job} failed")
    return Measured(json.loads(said.splitlines()[-1]), usage.ru_utime + usage.ru_stime, peak)


def _tree(root: int) -> list[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    tree = [root]
    for pid in tree:
        tree += [child for child, parent in parents.items() if parent == pid]
    return tree


def _size(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def line(name: str, done: Measured) -> str:
    """One line of the report."""
    return (
        f"{name:{ROW}} {done.rate:8.0f} a second {done.by_processor:8.0f} a processor second "
        f"{done.peak:6.0f} MiB  (n {done.answer['rows']})"
    )


def interrupted(table: Path, scratch: Path, rows: int, model: str | None) -> str:
    """Kill a job with all its processes in the middle, go on with it: the appeals that were analysed twice."""
    given = {"table": str(table), "model": model, "tier": "linear"}
    whole = measure("ours", out=str(scratch / "whole.csv"), **given)
    counts, out, done = scratch / "counts", scratch / "again.csv", scratch / "done"
    counts.mkdir()
    process = start("ours", out=str(out), counts=str(counts), done=str(done), **given)
    while process.poll() is None and (not done.exists() or int(done.read_text() or 0) < rows // 2):
        time.sleep(0.05)
    if process.poll() is not None:
        raise SystemExit("the job ended before it could be killed; give more --resume-rows")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    at_kill = int(done.read_text())
    again = measure("ours", out=str(out), counts=str(counts), resume=True, **given)
    worked = sum(path.stat().st_size for path in counts.iterdir())
    same = _digest(out) == _digest(scratch / "whole.csv")
    return (
        f"killed -9 when {at_kill} of {rows} rows were written: {again.answer['resumed']} taken over, "
        f"{worked - rows} analysed twice (a chunk is 1000; up to 600 more are on their way with two processes)\n"
        f"resumed run {again.answer['seconds']:.1f} s, an uninterrupted one {whole.answer['seconds']:.1f} s; "
        f"output the same, byte for byte: {'yes' if same else 'NO'}"
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def head_of(table: Path, rows: int, to: Path) -> Path:
    """A table of the first rows."""
    with table.open(encoding="utf-8", newline="") as source, to.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(islice(csv.reader(source), rows + 1))
    return to


def report(options: argparse.Namespace, scratch: Path) -> None:
    """Everything, in one run."""
    table, stored = scratch / "appeals.csv", str(scratch / "baseline.pickle")
    print(make_table(options.appeals, table, options.rows), flush=True)
    learnt = measure("train", records=str(options.train), head=options.head, model=stored).answer
    print("baseline: " + ", ".join(f"{value} {name}" for name, value in learnt.items()), flush=True)
    print(f"load before: {Path('/proc/loadavg').read_text().split()[0]}, {os.cpu_count()} cores", flush=True)
    plain = measure("baseline", table=str(table), out=str(scratch / "baseline.csv"), model=stored)
    print(line(f"jieba, TF-IDF, LinearSVC: {options.head} alone", plain), flush=True)
    model = str(options.model) if options.model else None
    all_heads = measure("ours", table=str(table), out=str(scratch / "out.csv"), model=model, tier="linear")
    print(line("appealnlp linear: all heads, entities, route", all_heads), flush=True)
    print(
        f"ratio {all_heads.rate / plain.rate:.2f} by the clock, "
        f"{all_heads.by_processor / plain.by_processor:.2f} by processor time",
        flush=True,
    )
    print(f"load after: {Path('/proc/loadavg').read_text().split()[0]}", flush=True)
    if model:
        few = str(head_of(table, options.encoder_rows, scratch / "few.csv"))
        for tier in ("cascade", "encoder"):
            done = measure("ours", table=few, out=str(scratch / f"{tier}.csv"), model=model, tier=tier)
            print(line(f"appealnlp {tier}", done), flush=True)
    if options.resume_rows:
        rows = min(options.rows, options.resume_rows)
        print(interrupted(head_of(table, rows, scratch / "part.csv"), scratch, rows, model), flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--job"]:
        given = json.loads(sys.argv[2])
        print(json.dumps(JOBS[given.pop("job")](**given)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--appeals", type=Path, required=True)
    parser.add_argument("--train", type=Path, required=True, help="train.jsonl of appealnlp_training.prepare")
    parser.add_argument("--head", default="department", help="the head of the baseline")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--model", type=Path, help="a model folder; one with an encoder shows its tiers, too")
    parser.add_argument("--encoder-rows", type=int, default=2000)
    parser.add_argument("--resume-rows", type=int, default=10_000, help="0 leaves the interruption out")
    with tempfile.TemporaryDirectory(prefix="appealnlp-") as scratch:
        report(parser.parse_args(), Path(scratch))


if __name__ == "__main__":
    main()
