"""Words with offsets. Our own expression cuts everything but Han; a word cutter sees runs of Han characters only."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import accumulate, repeat
from typing import NamedTuple, Protocol

from appealnlp.errors import InputError
from appealnlp.text._data import HAN, any_of, read_words

BACKENDS = ("rjieba", "jieba")  # by preference
_FREQUENCY = 100  # of a domain word, out of the dictionary's 60 million: kept whole, yet weaker than common neighbours

_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")


class Word(NamedTuple):
    """``text`` stands at ``start:end`` (code points). A named tuple, since a text has hundreds of them."""

    text: str
    start: int
    end: int


class _Cutter(Protocol):
    """What differs between the backends."""

    def cut(self, text: str) -> list[str]:
        """The words of runs of Han characters with \\n between them; every \\n is a word of its own."""

    def add(self, word: str, frequency: int) -> None:
        """Keep ``word`` whole from now on; without a frequency, a word that is whole already stays as it is."""


@dataclass(frozen=True, slots=True)
class Segmenter:
    """Cuts any text into words that tile it: ``"".join(cut(text)) == text``. Both backends cut alike."""

    backend: str
    _cut: Callable[[str], list[str]]

    def cut(self, text: str) -> list[str]:
        """The words alone, the fastest way."""
        tokens: list[str] = _tokens().findall(text)
        runs = [token for token in tokens if "\u4e00" <= token[0] <= "\u9fd5"]
        han = iter(self._cut("\n".join(runs)) if runs else ())
        words: list[str] = []
        for token in tokens:
            if "\u4e00" <= token[0] <= "\u9fd5":
                for word in han:
                    if word == "\n":
                        break
                    words.append(word)
            else:
                words.append(token)
        return words

    def han(self, text: str) -> list[str]:
        """The words of its runs of Han characters alone, those of one character left out; half the work of ``cut``."""
        return [word for word in self._cut("\n".join(_HAN_WORD.findall(text))) if len(word) > 1]

    def words(self, text: str) -> list[Word]:
        """The words with their offsets."""
        texts = self.cut(text)
        ends = list(accumulate(map(len, texts)))
        # twice as fast as calling Word for each
        return list(map(tuple.__new__, repeat(Word), zip(texts, [0, *ends], ends, strict=False)))


@cache
def _tokens() -> re.Pattern[str]:
    """Units behind a digit, runs of Han, net addresses, times, numbers, codes, blanks, repeated marks, the rest."""
    units = sorted(read_words("units.txt"), key=len, reverse=True)
    han = any_of([re.escape(unit) for unit in units if not unit.isascii()])
    latin = any_of([re.escape(unit) for unit in units if unit.isascii()]) + r"(?![A-Za-z0-9])"
    number = r"[0-9]+(?:[.,][0-9]+)*[%‰]?"
    return re.compile(
        rf"(?<![0-9])[{HAN}]+|，+|。+|、+|(?<=[0-9])(?:{han}|{latin})|[{HAN}]+|https?://[!-~]{{1,400}}|[A-Za-z0-9._+-]{{1,64}}@[A-Za-z0-9.-]{{1,64}}|"
        rf"[0-9]{{1,2}}[:：][0-9]{{2}}(?:[:：][0-9]{{2}})?(?![0-9])|{number}(?={latin}|[^A-Za-z0-9_/-]|\Z)|"
        r"[A-Za-z0-9]+(?:[-_/.][A-Za-z0-9]+)*|[ \t\u00a0\u3000]+|"
        r"！+|？+|…+|—+|~+|～+|\*+|\.+|-+|!+|\?+|=+|_+|#+|[\s\S]"
    )


def load_segmenter(words: Iterable[str] = (), backend: str | None = None) -> Segmenter:
    """A segmenter that keeps the terms of the field and the given ``words`` whole (those of Han characters only).

    ``backend`` is "rjieba", "jieba" or None for the first of them that is installed.
    A word may carry a frequency ("业主:9000") where the general dictionary holds it too rare.
    Loading takes 0.2 s (rjieba) or 1 s (jieba): keep the result.
    Raises InputError when the backend is unknown or not installed.
    """
    name = backend or next((item for item in BACKENDS if find_spec(item)), BACKENDS[-1])
    if name not in BACKENDS:
        raise InputError(f"unknown word cutter {name!r}: choose one of {', '.join(BACKENDS)}")
    if find_spec(name) is None:
        raise InputError(f"the word cutter {name} is not installed: pip install {name}")
    cutter: _Cutter = _Rust() if name == "rjieba" else _Python()
    for entry in dict.fromkeys([*read_words("terms.txt"), *words]):
        word, _, frequency = entry.partition(":")
        if _HAN_WORD.fullmatch(word):
            cutter.add(word, int(frequency) if frequency.isdecimal() else 0)
    return Segmenter(name, cutter.cut)


class _Rust:
    """rjieba, with a dictionary of its own."""

    def __init__(self) -> None:
        from rjieba import Jieba

        self._jieba = Jieba()
        self.cut: Callable[[str], list[str]] = self._jieba.cut

    def add(self, word: str, frequency: int) -> None:
        if frequency or not self._jieba.has_word(word) or self.cut(word) != [word]:
            self._jieba.add_word(word, frequency or max(_FREQUENCY, self._jieba.suggest_freq(word)), "n")


class _Python:
    """jieba, with a dictionary of its own. It is filled here, since jieba itself would write a cache for all users."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
        jieba.setLogLevel(logging.CRITICAL)
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ, self._tokenizer.total = self._tokenizer.gen_pfdict(self._tokenizer.get_dict_file())
        self._tokenizer.initialized = True
        self.cut: Callable[[str], list[str]] = self._tokenizer.lcut

    def add(self, word: str, frequency: int) -> None:
        if frequency or not self._tokenizer.FREQ.get(word) or self.cut(word) != [word]:
            wanted = frequency or max(_FREQUENCY, self._tokenizer.suggest_freq(word))
            # the sum of frequencies decides ties: rjieba takes the old one off it, jieba does not
            self._tokenizer.total -= self._tokenizer.FREQ.get(word, 0)
            self._tokenizer.add_word(word, wanted)
