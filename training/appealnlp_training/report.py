"""The evaluation as Markdown with plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from appealnlp_training.headreport import HeadReport
from appealnlp_training.metrics import Figure, abstention


def write_report(path: Path, heads: Sequence[HeadReport], more: Sequence[Figure], model: Mapping[str, str]) -> None:
    """Write ``path`` and, beside it, one plot of the abstention curves and one of the reliability."""
    path.parent.mkdir(parents=True, exist_ok=True)
    curves, reliability = path.with_suffix(".abstention.png"), path.with_suffix(".reliability.png")
    _plot_abstention(curves, heads)
    _plot_reliability(reliability, heads)
    lines = [f"# Evaluation of {model['name']} {model['version']}", "", "| figure | value | 95 % interval | n |",
             "|---|---|---|---|"]  # fmt: skip
    figures = [figure for head in heads for figure in head.figures]
    lines += [f"| {f.name} | {f.value:.3f} | {f.low:.3f} – {f.high:.3f} | {f.n} |" for f in [*figures, *more]]
    lines += ["", f"![abstention]({curves.name})", "", f"![reliability]({reliability.name})", ""]
    for head in heads:
        lines += [f"## {head.name}", "", "```", *head.lines(), "```", ""]
    path.write_text("\n".join(lines), "utf-8")


def _plot_abstention(path: Path, heads: Sequence[HeadReport]) -> None:
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(6, 4))
    axes = plot.subplots()
    shares = [round(0.1 * step, 1) for step in range(1, 11)]
    for head in heads:
        axes.plot(shares, list(abstention(head.right, head.confidence, shares).values()), label=head.name)
    axes.set(xlabel="share answered, most confident first", ylabel="accuracy")
    axes.legend()
    plot.savefig(path, dpi=120, bbox_inches="tight")


def _plot_reliability(path: Path, heads: Sequence[HeadReport]) -> None:
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(5, 5))
    axes = plot.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for head in heads:
        sure, right = np.asarray(head.confidence), np.asarray(head.right, float)
        which = np.minimum((sure * 10).astype(int), 9)
        bins = [b for b in range(10) if (which == b).sum() >= 5]
        axes.plot(
            [sure[which == b].mean() for b in bins], [right[which == b].mean() for b in bins], "o-", label=head.name
        )
    axes.set(xlabel="confidence", ylabel="accuracy")
    axes.legend()
    plot.savefig(path, dpi=120, bbox_inches="tight")
