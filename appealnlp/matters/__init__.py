"""Matters: duplicates and repeats of the same fact, place and object, and hot issues. Never by person.

``with Matters(folder) as found: found.add(entries)`` links appeals; ``found.answers()`` says who repeats whom and why,
``Thermometer(found).read(period, "week")`` what is hot.
"""

from appealnlp.matters.collect import Entry
from appealnlp.matters.finder import Answer, Matters
from appealnlp.matters.hot import Heat, Issue, Thermometer
from appealnlp.matters.tables import Rows, write_answers

__all__ = ["Answer", "Entry", "Heat", "Issue", "Matters", "Rows", "Thermometer", "write_answers"]
