"""What the Spark tests send to other processes: factories that leave a trace of each load."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import appealnlp
from appealnlp import Analysis, Appeal
from batch.fake_analyzer import FakeAnalyzer, analysis_of


def traced(folder: Path) -> object:
    """The shipped model; a file named after the process gets a byte for each load."""
    with (folder / str(os.getpid())).open("ab") as file:
        file.write(b".")
    return appealnlp.load(tier="linear")


def fake() -> FakeAnalyzer:
    """No model."""
    return FakeAnalyzer()


class Echo:
    """Says what it was given, where the name of the model stands."""

    def __call__(self, appeal: Appeal) -> Analysis:
        return replace(analysis_of(appeal), model={"at": str(appeal.received_at), "area": str(appeal.area)})

    def pipe(self, appeals: Iterable[Appeal]) -> Iterator[Analysis]:
        return map(self, appeals)
