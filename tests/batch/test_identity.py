"""By what a job knows that the same analyzer goes on with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from appealnlp.batch.identity import identify, library_data
from appealnlp.batch.workers import Here, Workers
from batch.fake_analyzer import FakeAnalyzer, broken, make


@dataclass
class Real(FakeAnalyzer):
    """With the parts that an analyzer of ours shows."""

    files: dict = field(default_factory=lambda: {"a": "1", "b": "2"})
    tier: str = "cascade"
    policy: str = "default@1"

    def __post_init__(self):
        self.stored = SimpleNamespace(manifest=SimpleNamespace(files=self.files))

    def __call__(self, appeal):
        return replace(super().__call__(appeal), replay={"policy": self.policy, "tier": "linear", "hash": "of a text"})


def test_same_parts_same_identity():
    assert identify(Real()) == identify(Real(files={"b": "2", "a": "1"}))
    assert "hash" not in identify(Real())


def test_each_part_counts():
    others = [Real(files={"a": "1", "b": "3"}), Real(tier="linear"), Real(policy="foshan@1"), FakeAnalyzer()]
    assert all(identify(other) != identify(Real()) for other in others)


def test_an_analyzer_that_fails_has_none():
    assert identify(lambda appeal: 1 / 0) == {}


def test_rules_of_the_library():
    assert len(library_data()) == 64


def test_workers_say_the_same():
    workers = Workers(make, len, 1)
    try:
        assert workers.identity() == Here(make, len).identity() == identify(make())
    finally:
        workers.close()


def test_the_chosen_tier_of_ours():
    from appealnlp.analyzer import Analyzer

    assert "tier" in Analyzer.__init__.__annotations__  # else look again at how the tier is found
    assert identify(SimpleTiers())["model"]["tier"] == "encoder"
    assert broken.__name__ == "broken"


class SimpleTiers(FakeAnalyzer):
    _tiers = SimpleNamespace(tier="encoder")
