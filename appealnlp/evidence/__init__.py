"""Evidence for flags and urgency: rules as data that find the words which show them."""

from appealnlp.evidence.finder import Evidence, EvidenceFinder, load_finder
from appealnlp.evidence.headcount import Headcount, HeadcountReader, headcount

__all__ = ["Evidence", "EvidenceFinder", "Headcount", "HeadcountReader", "headcount", "load_finder"]
