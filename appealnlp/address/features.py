"""What the address parser sees of a text, as one number a position and column: signs, endings, numbers, names.

Digits and Latin letters are folded to one sign each, so that no number can be learnt; numbers of columns are
remainders, so that there is no vocabulary.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appealnlp.address.names import NameTable
from appealnlp.text.points import Points, code_points

SIZES = (5003, 509, 509, 1021, 251, 8, 251, 10, 16, 16)
"""Rows of the table of each column: sign; division that begins, ends, lies here; sign behind a run of digits and its
size; the next ending and how far it is; how far both ends of the text are."""
ENDINGS = "省市区县旗州盟镇乡道村屯组社路街巷弄胡桥线号栋幢座楼层室房元户门苑园城厦场厂院店馆所站校司铺期侧"
"""Signs that end a part of an address."""
_DIGIT, _LETTER, _END = ord("0"), ord("A"), 3
_ENDING_SIGNS = code_points(ENDINGS)
_NONE = 1
_MOST_SIZE, _MOST_FAR, _MOST_EDGE = 6, 9, 15


def fold(signs: Points) -> Points:
    """Full-width signs to plain ones, digits to 0, letters to A."""
    out = signs.copy()
    wide = (out >= 0xFF01) & (out <= 0xFF5E)
    out[wide] -= 0xFEE0
    out[(out >= 48) & (out <= 57)] = _DIGIT
    out[((out >= 65) & (out <= 90)) | ((out >= 97) & (out <= 122))] = _LETTER
    return out


def columns(text: str, names: NameTable) -> npt.NDArray[np.int64]:
    """[n, columns]: the numbers of each of the n signs of ``text``, each below its SIZES."""
    signs = fold(code_points(text))
    begins, ends, inside = names.spans(signs)
    behind, size = _runs(signs)
    near, far = _endings(signs)
    spots = np.arange(len(signs))
    edge = np.minimum(spots, _MOST_EDGE), np.minimum(spots[::-1], _MOST_EDGE)
    parts: tuple[npt.NDArray[np.generic], ...] = (signs, begins, ends, inside, behind, size, near, far, *edge)
    return np.stack([part.astype(np.int64) % rows for part, rows in zip(parts, SIZES, strict=True)], axis=1)


def _runs(signs: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The sign behind the run of digits and letters around a position, and the size of that run; 0 outside of one."""
    mark = (signs == _DIGIT) | (signs == _LETTER)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(mark)) + 1, [len(signs)]])
    sizes = np.diff(edges)
    padded = np.concatenate([signs, [_END]]).astype(np.int64)
    behind = np.repeat(padded[edges[1:]], sizes)
    return np.where(mark, behind, _NONE), np.where(mark, np.minimum(np.repeat(sizes, sizes), _MOST_SIZE), 0)


def _endings(signs: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The next ending from a position on, and how far it is."""
    count = len(signs)
    spots = np.arange(count)
    places = np.where(np.isin(signs, _ENDING_SIGNS), spots, count)
    later = np.minimum.accumulate(places[::-1])[::-1]
    padded = np.concatenate([signs, [_END]]).astype(np.int64)
    return padded[later], np.minimum(later - spots, _MOST_FAR)
