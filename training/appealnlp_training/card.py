"""The model card, written by the program that trains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from appealnlp_training.records import Record

_PROVENANCE = {
    "gold": "gold/train: public appeals, labelled after the annotation guideline (the sources state no licence)",
    "read": "corpora/labels: public appeals, labelled for this project by careful reading of a language model "
    "(labels Apache-2.0, texts not included)",
    "own": "corpora/own: appeals of our own with invented people (Apache-2.0)",
    "news": "sentences of public news and résumé sets, alone and strung together, as texts that are no appeals",
    "published": "public appeals with their publishers' labels, for auxiliary heads only (no licence stated)",
}


def card(
    name: str, version: str, records: Sequence[Record], figures: Mapping[str, Any], config: Mapping[str, Any]
) -> str:
    """Markdown: data, figures on folds, what it must not be used for."""
    counts = Counter(record.origin for record in records)
    lines = [
        f"# {name} {version}",
        "",
        "Linear tier of appealnlp: reads Chinese citizen appeals.",
        "",
        "## Data 数据",
        "",
    ]
    lines += [f"- {counts[origin]} records: {text}" for origin, text in _PROVENANCE.items() if counts[origin]]
    lines += ["", "No group of gold/dev is in the training data.", "", "## Figures on held-out folds 分折检验", ""]
    lines += ["| figure | value |", "|---|---|", *(f"| {key} | {value} |" for key, value in figures.items())]
    lines += [
        "",
        "Folds never cut a group of near-duplicates; appeals of our own are not counted unless there are no others.",
        "Figures on gold/dev with confidence intervals: `appealnlp evaluate`.",
        "",
        "## Forbidden uses 禁止用途",
        "",
        "Never to score, profile or rank citizens, to link appeals by person, or to decide without a human's review.",
        "不得用于对公民评分、画像、排名，不得按人关联诉求，不得在无人复核时作出决定。",
        "",
        f"Vocabulary: only features that occur in at least {config['features']['min_groups']} groups of masked text.",
        "",
    ]
    return "\n".join(lines)
