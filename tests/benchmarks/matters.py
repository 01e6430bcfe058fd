"""Time, rate and peak memory of `matters` on a table of a million appeals, made by variation of real ones.

    python tests/benchmarks/matters.py --data DIR --scratch DIR [--appeals 1000000] [--workers 2] [--repeats 0.15]

DIR holds appeals as jsonl with title and text. Most appeals are new: sentences of three appeals put together,
with invented names in the place of names. The others repeat an earlier one with a sentence less and another one more.
The table is made in the scratch folder and removed. Prints wall time, CPU time and memory: on a machine that others
use, the time of the processors alone says how long it would take on cores of one's own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from appealnlp.entities import load_recogniser
from appealnlp.matters import Matters, Rows, Thermometer
from appealnlp.matters.names import name_rules
from appealnlp.text import sentences

SYLLABLES = (
    "安宝昌春德东方丰福富光广贵海和恒宏鸿华惠吉佳嘉建江金锦景静康乐利隆美明宁平清庆荣瑞盛顺泰天万祥新兴秀旭雅阳永玉园"
)
START = datetime(2014, 1, 1)


def parts(folder: Path) -> list[tuple[str, list[str]]]:
    """(title, sentences) of real appeals, with {} in the place of each name."""
    rules, recogniser = name_rules(), load_recogniser()
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                title, text = row.get("title") or "", row["text"].replace("{", "").replace("}", "")
                cut = [text[start:end] for start, end in sentences(text)] or [text]
                found.append((_slots(title.replace("{", ""), rules, recogniser),
                              [_slots(words, rules, recogniser) for words in cut]))  # fmt: skip
    return found


def _slots(text, rules, recogniser) -> str:
    out, place = [], 0
    for item in recogniser.spans(text):
        bare = rules.bare(text[item.start : item.end]) if rules.is_name(item) else None
        if bare:
            out.append(text[place : item.start + bare[0]] + "{}")
            place = item.start + bare[1]
    return "".join([*out, text[place:]])


def name(chance: random.Random) -> str:
    """An invented name of a place."""
    return "".join(chance.choices(SYLLABLES, k=3)) + chance.choice(["小区", "花园", "路", "公司", "村", "广场"])


def filled(template: str, names: list[str]) -> str:
    """A template with names; the first one comes most often."""
    chosen = [names[1] if place == 1 else names[0] for place in range(template.count("{}"))]
    return template.format(*chosen)


def appeals(base: list[tuple[str, list[str]]], count: int, repeats: float) -> Iterator[dict[str, str]]:
    """Invented appeals."""
    chance = random.Random(7)
    recent: list[tuple[str, list[str]]] = []
    step = timedelta(days=3650) / count
    for number in range(count):
        if recent and chance.random() < repeats:
            title, body = chance.choice(recent)
            body = list(body)
            if len(body) > 1:
                body.pop(chance.randrange(len(body)))
            body.insert(chance.randrange(len(body) + 1), chance.choice(chance.choice(base)[1]).replace("{}", "这里"))
        else:
            names = [name(chance), name(chance)]
            title, first = chance.choice(base)
            others = [words for _ in range(2) for words in chance.choice(base)[1][:2]]
            chance.shuffle(others)
            body = [filled(words, names) for words in (*first[:3], *others)]
            title = filled(title if "{}" in title else f"{{}}{title}", names)
            recent.append((title, body))
            if len(recent) > 20_000:
                recent.pop(0)
        yield {"id": f"b{number}", "title": title, "text": "".join(body) or title,
               "time": (START + step * number).isoformat(sep=" ", timespec="seconds")}  # fmt: skip


def peak() -> float:
    """Peak memory of this process and of the largest of its children, GB."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6


def processors() -> float:
    """CPU seconds of this process and of its children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--appeals", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=float, default=0.15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        table = Path(scratch) / "table.jsonl"
        base, length = parts(options.data), 0
        with table.open("w", encoding="utf-8") as file:
            for row in appeals(base, options.appeals, options.repeats):
                length += len(row["title"]) + len(row["text"])
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        del base
        print(f"{options.appeals} appeals, mean {length / options.appeals:.0f} characters", flush=True)
        begin, used = time.perf_counter(), processors()
        with Matters(Path(scratch) / "index") as found:
            found.add(Rows(str(table)).entries(), options.workers)
            linked, at_link = time.perf_counter() - begin, processors() - used
            counts = found.counts()
            reader = Thermometer(found)
            period = reader.latest("month")
            issues = len(reader.read(period, "month").issues) if period else 0
        wall, cpu = time.perf_counter() - begin, processors() - used
        print(f"{counts.kinds}, {counts.matters} matters, {issues} hot issues of the last month")
        print(f"linked after {linked:.0f} s wall, {at_link:.0f} s CPU; all {wall:.0f} s wall, {cpu:.0f} s CPU")
        print(f"{options.appeals / wall:.0f} appeals a second; {cpu / options.appeals * 1e6:.0f} us CPU an appeal; "
              f"peak memory {peak():.2f} GB")  # fmt: skip


if __name__ == "__main__":
    main()
