"""The brief: a weekly, monthly or quarterly report from tagged tables, masked, with small counts suppressed."""

from appealnlp.brief.build import Brief, Tally
from appealnlp.brief.facts import Fact, Tagged

__all__ = ["Brief", "Fact", "Tagged", "Tally"]
