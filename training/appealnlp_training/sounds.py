"""Which characters and words sound alike: pinyin of pypinyin, commonness from the dictionary of jieba (both MIT)."""

from __future__ import annotations

import importlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from appealnlp.errors import MissingExtra

SETTINGS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("noise.yaml").read_text("utf-8"))
"""What noise.yaml says."""
_PAIRS = [tuple(pair) for pair in SETTINGS["initials"]]
_ENDS = [tuple(pair) for pair in SETTINGS["finals"]]
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")


class Sound(NamedTuple):
    """A syllable without its tone, and the tone (5: neutral, 0: no syllable)."""

    syllable: str
    tone: int = 0


def is_han(character: str) -> bool:
    """Whether it is one of the common block of Han characters."""
    return "\u4e00" <= character <= "\u9fff"


def sounds(text: str) -> list[Sound]:
    """The sound of each code point as it is read in this text; an empty syllable where it is no Han character."""
    pinyin = _pypinyin()
    found = pinyin.lazy_pinyin(text, style=pinyin.Style.TONE3, neutral_tone_with_five=True, errors=list, v_to_u=False)
    if len(found) != len(text):  # a dictionary phrase of another length: read the characters by themselves
        found = [pinyin.lazy_pinyin(c, style=pinyin.Style.TONE3, neutral_tone_with_five=True)[0] for c in text]
    return [_sound(c, syllable) for c, syllable in zip(text, found, strict=True)]


def _sound(character: str, syllable: str) -> Sound:
    if not is_han(character) or not syllable[-1:].isdigit():
        return Sound("")
    return Sound(syllable[:-1], int(syllable[-1]))


def _pypinyin() -> Any:  # noqa: ANN401 (an optional module)
    try:
        return importlib.import_module("pypinyin")
    except ImportError:
        raise MissingExtra("noise of speech recognition", "train") from None


def confusable(syllable: str) -> set[str]:
    """Syllables that differ in one confusable initial or final: shan -> san, shang."""
    initial = next((one for one in _INITIALS if syllable.startswith(one)), "")
    final = syllable[len(initial) :]
    found = {other + final for one, other in _both(_PAIRS) if initial == one}
    end = next((pair for pair in _ENDS if final.endswith(pair[0])), None)  # the longer one first
    if end is not None:
        found.add(syllable[: -len(end[0])] + end[1])
    for longer, shorter in _ENDS:
        if final.endswith(shorter):
            found.add(syllable[: -len(shorter)] + longer)
    return found


def _both(pairs: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    for one, other in pairs:
        yield one, other
        yield other, one


class Lexicon:
    """Common characters by syllable and common words of two characters by their two syllables, with their frequency."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies

    @cached_property
    def characters(self) -> Mapping[str, Sequence[tuple[str, int, int]]]:
        """Syllable -> (character, tone, occurrences), characters in the order of their code points."""
        counts: Counter[str] = Counter()
        for word, count in self._frequencies.items():
            for character in word:
                counts[character] += count
        table: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for character in sorted(c for c, count in counts.items() if count >= SETTINGS["common_character"]):
            sound = sounds(character)[0]
            table[sound.syllable].append((character, sound.tone, counts[character]))
        table.pop("", None)
        return table

    @cached_property
    def words(self) -> Mapping[tuple[str, str], Sequence[tuple[str, int]]]:
        """Two syllables -> (word, occurrences), words in the order of their code points."""
        table: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for word in sorted(self._frequencies):
            if len(word) == 2 and self._frequencies[word] >= SETTINGS["common_word"]:
                first, second = sounds(word)
                table[first.syllable, second.syllable].append((word, self._frequencies[word]))
        return table

    def same(self, character: str, sound: Sound, rng: random.Random) -> str | None:
        """Another character of the same syllable, drawn by commonness and tone; None where there is none."""
        return self._draw(character, [(sound.syllable, sound.tone)], rng)

    def near(self, character: str, sound: Sound, rng: random.Random) -> str | None:
        """A character of a confusable syllable; None where there is none."""
        return self._draw(character, [(other, sound.tone) for other in sorted(confusable(sound.syllable))], rng)

    def _draw(self, character: str, wanted: Sequence[tuple[str, int]], rng: random.Random) -> str | None:
        found = [
            (other, count * (SETTINGS["same_tone"] if tone == wanted_tone else 1.0))
            for syllable, wanted_tone in wanted
            for other, tone, count in self.characters.get(syllable, ())
            if other != character
        ]
        return _pick(found, rng)

    def word(self, word: str, heard: Sequence[Sound], rng: random.Random) -> str | None:
        """Another word of the same two syllables, drawn by commonness; None where ``word`` is no common word."""
        known = self.words.get((heard[0].syllable, heard[1].syllable), ())
        if all(word != other for other, _ in known):
            return None
        return _pick([(other, float(count)) for other, count in known if other != word], rng)


def _pick(found: Sequence[tuple[str, float]], rng: random.Random) -> str | None:
    return rng.choices([one for one, _ in found], [weight for _, weight in found])[0] if found else None


@cache
def lexicon() -> Lexicon:
    """The lexicon of jieba's dictionary; read once (about two seconds when first used)."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise MissingExtra("noise of speech recognition", "train")
    lines = Path(spec.origin).with_name("dict.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" ")[:2] for line in lines)
    return Lexicon({word: int(count) for word, count in pairs if all(map(is_han, word))})
