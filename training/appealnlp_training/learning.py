"""The learning curve of the linear tier: the same program with a quarter, half and all of the labels that were read.

    python -m appealnlp_training.learning --shared ../shared [--shares 0.25 0.5 1] [--report curve.md]

Labels are left out by whole groups. Every point trains a model of its own in a scratch folder and measures it on
gold/dev; ``--before`` adds models that stand already (the tier as it was) as rows of their own.
"""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import appealnlp
from appealnlp_training.corpus import published
from appealnlp_training.evaluate import analyse, head_report, more_figures
from appealnlp_training.linear import CONFIGS, train
from appealnlp_training.metrics import Figure
from appealnlp_training.prepare import gather
from appealnlp_training.records import LABELS, Record, fold_of

PARTS = 100
FOLDS = 2
"""Folds serve the thresholds alone here; two keep the curve quick."""
SHOWN = ("department defensible", "department top-3", "urgent recall", "urgent precision", "flags F1")


def kept(records: Sequence[Record], share: float) -> list[Record]:
    """The records with the labels of ``share`` of the groups that were read; the others stay as published."""
    return [r for r in records if not r.is_labelled or fold_of(f"curve-{r.group}", PARTS) < share * PARTS]


def figures(folder: Path, dev: Sequence[Record]) -> list[Figure]:
    """Figures of one model on the measuring records."""
    analyses = analyse(dev, appealnlp.load(folder, tier="linear"))
    heads = [figure for head in LABELS for figure in head_report(head, dev, analyses, dev, baseline=False).figures]
    wanted = [figure for figure in heads if figure.name.endswith("accuracy") or figure.name.startswith("urgency")]
    return wanted + [figure for figure in more_figures(dev, analyses) if figure.name in SHOWN]


def points(
    shared: Path, corpora: Path, shares: Sequence[float], before: Sequence[Path]
) -> Iterator[tuple[str, list[Figure]]]:
    """Name and figures of each point of the curve."""
    records, dev = gather(shared, corpora)
    for folder in before:
        yield folder.name, figures(folder, dev)
    replies = {key: row["reply"] for key, row in published(shared).items() if row.get("reply")}
    config = tomllib.loads((CONFIGS / "linear.toml").read_text("utf-8")) | {"folds": FOLDS, "sources": {}}
    for share in shares:
        chosen = kept(records, share)
        labelled = sum(record.is_labelled for record in chosen)
        with tempfile.TemporaryDirectory() as scratch:
            train(chosen, replies, config, Path(scratch) / "model", "curve")
            yield f"{labelled} labels", figures(Path(scratch) / "model", dev)


def table(rows: Sequence[tuple[str, Sequence[Figure]]]) -> list[str]:
    """A Markdown table: one line a figure, one column a point."""
    names = [name for name, _ in rows]
    out = ["| figure | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for place, figure in enumerate(rows[0][1]):
        cells = [f"{found[place].value:.3f} [{found[place].low:.3f}, {found[place].high:.3f}]" for _, found in rows]
        out.append(f"| {figure.name} | " + " | ".join(cells) + " |")
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--shares", type=float, nargs="+", default=[0.25, 0.5, 1.0])
    parser.add_argument("--before", type=Path, nargs="*", default=[], help="model folders to put beside the curve")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    rows = []
    for name, found in points(options.shared, options.corpora, options.shares, options.before):
        rows.append((name, found))
        print(name, *map(str, found), sep="\n", flush=True)
    lines = table(rows)
    print("\n".join(lines))
    if options.report:
        options.report.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
