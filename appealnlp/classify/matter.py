"""The third level of the topic: the matter whose name the text uses. A match of names, not a measured decision."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from appealnlp.schemes import Scheme

_EMPTY = frozenset(("管理", "问题", "其他", "工作", "服务", "政策", "制度", "建设", "规划", "事业", "其它"))
_LEAST = 2  # a name is met when two of its pairs of characters occur, or the only one it has


def _pairs(name: str) -> frozenset[str]:
    """Pairs of neighbouring characters, those left out that many names share."""
    return frozenset(name[i : i + 2] for i in range(len(name) - 1)) - _EMPTY


@cache
def _names(
    scheme_version: str, items: tuple[tuple[str, tuple[str, ...]], ...]
) -> Mapping[str, list[tuple[str, frozenset[str]]]]:
    return {path: [(name, _pairs(name)) for name in names if _pairs(name)] for path, names in items}


class MatterNames:
    """Finds the matter (level three) under a sub-field by the words of its name."""

    def __init__(self, scheme: Scheme) -> None:
        items = tuple(("/".join(path), tuple(scheme.topics.tree[path[0]][path[1]])) for path in scheme.topics.subfields)
        self._names = _names(scheme.version, items)

    def of(self, topic: str, text: str) -> str | None:
        """Name of the matter that ``text`` speaks of, or None where no name, or no single one, is met best."""
        best: tuple[float, str] | None = None
        tie = False
        for name, pairs in self._names.get(topic, ()):
            met = 0
            for pair in pairs:  # a loop, since sum() over a generator takes three times as long
                if pair in text:
                    met += 1
            if met < min(_LEAST, len(pairs)):
                continue
            score = met / len(pairs)
            if best is None or score > best[0]:
                best, tie = (score, name), False
            elif score == best[0]:
                tie = True
        return best[1] if best and not tie else None
