"""The card of a tagger, written by the program that trains it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from appealnlp_training.tagger_data import MAIN, Row

_MARKED = "marked"
_PROVENANCE = {
    MAIN: "appeals labelled after the annotation guideline: gold/train and corpora/labels (public appeals whose "
    "sources state no licence; texts not included), corpora/own (own, invented people, Apache-2.0), "
    "rows of another tagger",
    _MARKED: "public appeals that nobody read, as larger taggers mark them (no licence stated; texts not included)",
    "cluener": "CLUENER2020, news sentences (no licence stated)",
    "peoples_daily": "People's Daily, news sentences (no licence stated)",
    "weibo": "Weibo NER, social media (no licence stated)",
    "resume": "résumé sentences of Chinese companies (no licence stated)",
    "address": "address strings, NAACL 2019 neural Chinese address parsing (no licence stated)",
}


def tagger_card(rows: Sequence[Row], config: Mapping[str, Any]) -> str:
    """Markdown: what it is, data, names, what it must not be used for."""
    counts = Counter(row.head if row.soft is None else _MARKED for row in rows)
    lines = [
        "# tagger",
        "",
        f"Finds {', '.join(config['replaces'])} in Chinese citizen appeals: a small network of hashed character grams.",
        "",
        "## Data 数据",
        "",
        *(f"- {counts[head]} rows: {text}" for head, text in _PROVENANCE.items() if counts[head]),
        "",
        "No group of gold/dev is in the training data. The other sets teach tags of their own, which are not kept.",
        "",
        "## Names 姓名",
        "",
        "Vocabulary: a tagger must see names to find them. What is stored holds none: grams of one to three characters",
        "are known by a hashed place alone (2^20 of them), and only grams that at least "
        f"{min(config['kept_groups'])} groups of texts hold.",
        "模型只存字串的散列位置，且只存至少出现在五组文本中的一至三字串，不能由此还原姓名。",
        "",
        "## Figures 指标",
        "",
        "On a held-out fold: `python -m appealnlp_training.tagger --fold 0`; on gold/dev: `appealnlp evaluate`.",
        "",
        "## Forbidden uses 禁止用途",
        "",
        "Never to score, profile or rank citizens, or to link appeals by person.",
        "不得用于对公民评分、画像、排名，不得按人关联诉求。",
        "",
    ]
    return "\n".join(lines)
