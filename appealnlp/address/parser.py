"""From an address to its components: a small tagger over its signs, and what its tags mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from appealnlp.address.address import Component
from appealnlp.address.features import columns
from appealnlp.address.names import NameTable, load_names
from appealnlp.address.resolve import LEVELS_OF, Mention
from appealnlp.modelfolder import require_sound
from appealnlp.sequence import ConvolutionTagger, load_tagger
from appealnlp.shipped import model_folder

MODEL = "address"
LONGEST = 400
"""More signs of an address are not read."""
_VILLAGES = ("村", "社区", "屯", "庄")
_SOFT = 0.5


@dataclass(frozen=True)
class AddressParser:
    """Holds nothing of a text, so one serves many threads; ``names`` maps a tag to a component."""

    tagger: ConvolutionTagger
    table: NameTable
    names: Mapping[str, str]

    def parse(self, text: str) -> tuple[Component, ...]:
        """The components of an address, in order. Time grows linearly with its length."""
        text = text[:LONGEST]
        tags = self.tagger.tags
        path = [tags[number] for number in self.tagger.decode(columns(text, self.table))] if text else []
        return tuple(Component(self.names[tag], start, end, text[start:end]) for tag, start, end in spans(path)
                     if tag in self.names)  # fmt: skip


def spans(labels: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(tag, start, end) of a path of B-, I- and O; an I- after another tag begins one of its own."""
    start, tag = 0, ""
    for place, label in enumerate([*labels, "O"]):
        if tag and (label[:2] != "I-" or label[2:] != tag):
            yield tag, start, place
            tag = ""
        if label != "O" and not tag:
            start, tag = place, label[2:]


def mentions(components: Sequence[Component]) -> list[Mention]:
    """The names of divisions among the components, larger ones first."""
    out = [Mention(part.text, part.name) for part in components if part.name in LEVELS_OF]
    out += [Mention(part.text, "community", _SOFT) for part in components
            if part.name == "poi" and part.text.endswith(_VILLAGES)]  # fmt: skip
    order = list(LEVELS_OF)
    return sorted(out, key=lambda item: order.index(item.component))


@cache
def load_parser(folder: Path | None = None) -> AddressParser:
    """The shipped parser, or that of ``folder``; hashes are checked first. Raises ModelError."""
    place = folder or model_folder(MODEL)
    require_sound(place)
    tagger, about = load_tagger(place, MODEL)
    return AddressParser(tagger, load_names(), dict(about["components"]))
