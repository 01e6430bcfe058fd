"""``appealnlp evaluate``: every head on appeals whose groups took no part in training, with intervals and baselines.

    appealnlp evaluate --shared ../shared [--model DIR] [--baseline] [--report report.md]

Measures on gold/dev. ``--baseline`` trains jieba + TF-IDF + LinearSVC on the labelled rows of the same training data.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import appealnlp
from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp_training.calibration import calibration_figures
from appealnlp_training.headreport import HeadReport
from appealnlp_training.metrics import (
    Figure,
    bootstrap,
    f1_of_counts,
    macro_f1,
    mean,
    set_counts,
)  # fmt: skip
from appealnlp_training.prepare import NEWS_EVERY, gather, news_sentences
from appealnlp_training.records import LABELS, Record

SCORED_ENTITIES = ("PER", "ORG", "ADDR", "TIME", "MONEY", "COUNT", "LAW", "PHONE")
Analyse = Callable[[Appeal], Analysis]


def label_of(analysis: Analysis, head: str) -> tuple[str, float]:
    """Answer and confidence of a public head; a topic is compared to its second level."""
    if head == "department":
        return analysis.department.code, analysis.department.confidence
    if head == "topic":
        return "/".join(analysis.topic.path[:2]), analysis.topic.confidence
    decision = {"type": analysis.type, "target": analysis.target, "urgency": analysis.urgency}[head]
    return decision.label, decision.confidence


def analyse(records: Sequence[Record], nlp: Analyse) -> list[Analysis]:
    """The analyses of the records."""
    return [nlp(Appeal(text=record.text, title=record.title or None)) for record in records]


def head_report(
    head: str, records: Sequence[Record], analyses: Sequence[Analysis], train: Sequence[Record], baseline: bool
) -> HeadReport:
    """Report of one public head."""
    answers = [label_of(analysis, head) for analysis in analyses]
    labelled = [record for record in train if record.is_labelled and record.origin != "own"]
    guesses = None
    if baseline:
        from appealnlp_training.baseline import predict

        guesses = predict(labelled, head, records)
    majority = Counter(str(getattr(record, head)) for record in labelled or records).most_common(1)[0][0]
    truth = [str(getattr(record, head)) for record in records]
    return HeadReport(head, truth, [a for a, _ in answers], [c for _, c in answers], majority, guesses)


def more_figures(records: Sequence[Record], analyses: Sequence[Analysis]) -> list[Figure]:
    """Departments within the defensible and among the first three, urgent recall and precision, flags, entities."""
    leads = [a.department.code for a in analyses]
    defensible = [lead in (r.department, *r.department_also) for lead, r in zip(leads, records, strict=True)]
    top3 = [r.department in [u.code for u in a.departments[:3]] for a, r in zip(analyses, records, strict=True)]
    graver = ("urgent", "critical")
    real = np.array([r.urgency in graver for r in records])
    given = np.array([a.urgency.label in graver for a in analyses])
    figures = [
        bootstrap("department defensible", mean, defensible), bootstrap("department top-3", mean, top3),
        bootstrap("urgent recall", mean, given[real].tolist()),
        bootstrap("urgent precision", mean, real[given].tolist()),
        flags_figure("flags F1", records, analyses),
        bootstrap("headcount", mean, [a.headcount == r.headcount for a, r in zip(analyses, records, strict=True)]),
    ]  # fmt: skip
    figures += _entity_figures(records, analyses)
    figures.append(bootstrap("appeals read as no appeal", mean, [not a.is_appeal for a in analyses]))
    return figures


def flags_figure(name: str, records: Sequence[Record], analyses: Sequence[Analysis]) -> Figure:
    """F1 of the flags over all rows."""
    return _set_figure(name, [set(r.flags) for r in records], [{f.flag for f in a.flags} for a in analyses])


def _set_figure(name: str, truth: Sequence[set[Any]], guess: Sequence[set[Any]]) -> Figure:
    return bootstrap(name, f1_of_counts, *set_counts(truth, guess))


def entity_pairs(record: Record) -> set[tuple[str, str]]:
    """Distinct (label, text) of a record; the subtype of ORG and the 《》 of LAW are not counted (guideline)."""
    return {(name.split(":")[0], text.strip("《》")) for name, text in record.entities}


def _entity_figures(records: Sequence[Record], analyses: Sequence[Analysis]) -> list[Figure]:
    truth = [entity_pairs(record) for record in records]
    guess = [{(e.label, e.text.strip("《》")) for e in a.entities} for a in analyses]

    def only(sets: Sequence[set[tuple[str, str]]], labels: Sequence[str]) -> list[set[tuple[str, str]]]:
        return [{pair for pair in found if pair[0] in labels} for found in sets]

    figures = [
        _set_figure("entities F1 (eight labels)", only(truth, SCORED_ENTITIES), only(guess, SCORED_ENTITIES)),
        _set_figure("entities F1 (PER ORG ADDR)", only(truth, SCORED_ENTITIES[:3]), only(guess, SCORED_ENTITIES[:3])),
    ]
    return figures + [_set_figure(f"entities F1 {x}", only(truth, [x]), only(guess, [x])) for x in SCORED_ENTITIES]


def source_figures(records: Sequence[Record], analyses: Sequence[Analysis]) -> list[Figure]:
    """Auxiliary heads on the rows that carry the publisher's label."""
    figures = []
    for head in sorted({name for record in records for name in record.source}):
        pairs = [(r.source[head], a.source_scores[head]) for r, a in zip(records, analyses, strict=True)
                 if head in r.source and head in a.source_scores]  # fmt: skip
        if pairs:
            guess = [max(scores, key=scores.__getitem__) for _, scores in pairs]
            figures.append(bootstrap(f"source {head} macro-F1", macro_f1, [truth for truth, _ in pairs], guess))
    return figures


def no_appeal_figures(shared: Path, nlp: Analyse) -> list[Figure]:
    """Share of news sentences (none of those learned from) and of the seed articles that are read as no appeal."""
    found = []
    for name, sentences in news_sentences(shared).items():
        held = sentences[NEWS_EVERY // 2 :: NEWS_EVERY][:300]
        answers = [nlp(Appeal(text=text)).is_appeal for text in held]
        found.append(bootstrap(f"{name} read as no appeal", mean, [not answer for answer in answers]))
    seeds = [nlp(Appeal(text=path.read_text("utf-8"))) for path in sorted((shared / "seeds").glob("*.txt"))]
    return [*found, bootstrap("seed articles read as no appeal", mean, [not seed.is_appeal for seed in seeds])]


def run(args: Sequence[str]) -> int:
    """The command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="appealnlp evaluate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--shared", type=Path, required=True, help="共享数据目录 folder of the shared data")
    parser.add_argument("--corpora", type=Path, default=Path("corpora"), help="语料目录 folder of our labels")
    parser.add_argument("--model", type=Path, help="模型目录，默认随包模型 model folder; the shipped one without it")
    parser.add_argument("--tier", help="模型档次 tier of the model: cascade, linear, student, encoder")
    parser.add_argument("--baseline", action="store_true", help="同时训练基线 train the baseline too")
    parser.add_argument("--report", type=Path, help="写 Markdown 报告与图 write the report as Markdown with plots")
    options = parser.parse_args(args)
    train, dev = gather(options.shared, options.corpora)
    nlp = appealnlp.load(options.model, tier=options.tier)
    analyses = analyse(dev, nlp)
    reports = [head_report(head, dev, analyses, train, options.baseline) for head in LABELS]
    more = [*more_figures(dev, analyses), *source_figures(dev, analyses)]
    more += [*calibration_figures(dev, analyses, nlp), *no_appeal_figures(options.shared, nlp)]
    for report in reports:
        print("\n".join(report.lines()), end="\n\n")
    print("\n".join(str(figure) for figure in more))
    if options.report:
        from appealnlp_training.report import write_report

        write_report(options.report, reports, more, analyses[0].model)
        print(f"report: {options.report}")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
