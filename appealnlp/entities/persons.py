"""Names of people by what stands around them: a surname before a title (胡书记), a name after a cue (我叫…)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appealnlp.entities.loader import DATA, read_words
from appealnlp.entities.masks import mask_person
from appealnlp.entities.pattern import Candidate
from appealnlp.schemes.files import Document

_TITLE_SCORE, _NAME_SCORE = 0.85, 0.7
_LINKS = "：: （("
_VERBS = "是为叫"
_MOST = 12  # names in one list after a cue
_LISTS = ("titles", "weak_titles", "cues", "weak_cues", "numbers")
_SETS = ("label", "follow", "boundary", "never", "before", "after")


@dataclass(frozen=True, slots=True)
class Persons:
    """The grammar of people's names; offsets are those of the text given."""

    label: str
    titles: frozenset[str]
    weak_titles: frozenset[str]
    cues: frozenset[str]
    weak_cues: frozenset[str]
    follow: frozenset[str]
    boundary: frozenset[str]
    never: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    numbers: frozenset[str]
    """Labels of numbers that a name may stand before."""
    surnames: frozenset[str]
    rare: frozenset[str]
    double: frozenset[str]
    given: frozenset[str]

    def titled(self, text: str, start: int, end: int, low: int) -> Candidate | None:
        """The person named before the title ``text[start:end]``: 胡书记 with its title, 胡某书记 the name alone.

        The name begins at ``low``, the end of the word before, or later.
        """
        if start <= low:
            return None
        if start - 2 >= low and text[start - 2 : start] in self.double:
            return self._person(start - 2, end, "person_title", _TITLE_SCORE)
        for size in (3, 2):
            if self._is_full(text, start - size, start, low):
                return self._person(start - size, start, "person_full_title", _NAME_SCORE)
        sign = text[start - 1]
        open_ = start - 1 == low or self._is_boundary(text[start - 2])
        weak = text[start:end] in self.weak_titles
        if (sign in self.surnames and (open_ or not weak)) or (sign in self.rare and open_ and not weak):
            return self._person(start - 1, end, "person_title", _TITLE_SCORE)
        return None

    def _is_full(self, text: str, start: int, end: int, low: int) -> bool:
        """Surname and given name, begun at a boundary, of characters that are frequent in given names."""
        return (
            start >= low
            and (text[start] in self.surnames or text[start] in self.rare)
            and all(sign in self.given for sign in text[start + 1 : end])
            and (start == low or self._is_boundary(text[start - 1]))
        )

    def _is_boundary(self, sign: str) -> bool:
        return sign in self.boundary or not "\u4e00" <= sign <= "\u9fff"

    def cued(self, text: str, end: int, *, weak: bool) -> Iterator[Candidate]:
        """The names that follow a cue which ends at ``end``, several where they stand in a list."""
        place = end
        while place < len(text) and text[place] in _LINKS and place < end + 2:
            place += 1
        if place < len(text) and text[place] in _VERBS:
            place += 1
        for _ in range(_MOST):
            size = self._name_size(text, place, weak=weak)
            if not size:
                return
            yield self._person(place, place + size, "person_cue", _NAME_SCORE)
            place += size
            if text[place : place + 1] not in ("、", "和"):
                return
            place += 1

    def beside(self, text: str, start: int) -> Candidate | None:
        """The full name that ends where a number begins (王成万 before his telephone number)."""
        end = start - 1 if text[start - 1 : start] in (" ", "：", ":") else start
        for size in (3, 2):
            if self._is_full(text, end - size, end, 0):
                return self._person(end - size, end, "person_number", _NAME_SCORE)
        return None

    def alone(self, text: str, start: int, end: int) -> Candidate | None:
        """The full name that fills the space between two marks, as in lists (、李雷，)."""
        if not (start and end < len(text) and text[start - 1] in self.before and text[end] in self.after):
            return None
        if text[start] in self.surnames and all(sign in self.given for sign in text[start + 1 : end]):
            return self._person(start, end, "person_alone", _NAME_SCORE)
        return None

    def _name_size(self, text: str, start: int, *, weak: bool) -> int:
        """Length of the name that begins here, 0 where there is none."""
        double = text[start : start + 2] in self.double
        sign = text[start : start + 1]
        if not double and sign not in self.surnames and (weak or sign not in self.rare):
            return 0
        head = 2 if double else 1
        for given in (2, 1):
            end = start + head + given
            name = text[start + head : end]
            if len(name) != given or not self._is_given(name, weak):
                continue
            if self._ends(text, end, weak and given == 1) or (given == 2 and all(sign in self.given for sign in name)):
                return head + given
        return 0

    def _is_given(self, name: str, weak: bool) -> bool:
        if not all("\u4e00" <= sign <= "\u9fff" and sign not in self.never for sign in name):
            return False
        return not weak or all(sign in self.given for sign in name)

    def _ends(self, text: str, end: int, hard: bool) -> bool:
        """Whether a name can end here; ``hard`` takes a mark or the end of the text only."""
        if end >= len(text):
            return True
        sign = text[end]
        return not "\u4e00" <= sign <= "\u9fff" or (not hard and sign in self.follow)

    def _person(self, start: int, end: int, rule: str, score: float) -> Candidate:
        return Candidate(start, end, self.label, None, rule, score)

    def mask(self, text: str) -> str:
        """The surname and one * for each further character."""
        return mask_person(text, 2 if text[:2] in self.double else 1)


def load_persons(folder: Path = DATA) -> Persons:
    """The grammar of persons.yaml, surnames.txt and given.txt of ``folder``. Raises SchemeError."""
    document = Document(folder / "persons.yaml")
    data = document.data if isinstance(document.data, dict) else {}
    for field in _LISTS:
        listed = data.get(field)
        if not isinstance(listed, list) or not all(isinstance(word, str) and word for word in listed):
            raise document.error((field,), f"expected a list of words, found {listed!r}", "write [word, word]")
    for field in _SETS:
        if not isinstance(data.get(field), str):
            raise document.error((field,), f"expected text, found {data.get(field)!r}", f"write {field}: '...'")
    surnames = read_words(folder / "surnames.txt")
    return Persons(
        label=data["label"],
        titles=frozenset(data["titles"]),
        weak_titles=frozenset(data["weak_titles"]),
        cues=frozenset(data["cues"]),
        weak_cues=frozenset(data["weak_cues"]),
        follow=frozenset(data["follow"]),
        boundary=frozenset(data["boundary"]),
        never=frozenset(data["never"]),
        before=frozenset(data["before"]),
        after=frozenset(data["after"]),
        numbers=frozenset(data["numbers"]),
        surnames=frozenset("".join(surnames.get("", ()))),
        rare=frozenset("".join(surnames.get("RARE", ()))),
        double=frozenset(surnames.get("DOUBLE", ())),
        given=frozenset("".join(read_words(folder / "given.txt").get("", ()))),
    )
