"""What the address parser sees of a text: signs, their endings and numbers, and names of divisions, as hashed keys.

Digits and Latin letters are folded to one sign each, so that no number can be learnt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appealnlp.address.hashing import signs_of
from appealnlp.address.names import NameTable
from appealnlp.sequence import mix, shifted
from appealnlp.sequence.keys import Keys, Values

ENDINGS = "省市区县旗州盟镇乡道村屯组社路街巷弄胡桥线号栋幢座楼层室房元户门苑园城厦场厂院店馆所站校司铺期侧"
"""Signs that end a part of an address."""
_DIGIT, _LETTER, _START, _END = ord("0"), ord("A"), 2, 3
_HAN_DIGITS = "一二三四五六七八九十百零〇两"
_FAR = 9


def fold(signs: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Full-width signs to plain ones, digits to 0, letters to A."""
    out = signs.copy()
    wide = (out >= 0xFF01) & (out <= 0xFF5E)
    out[wide] -= 0xFEE0
    out[(out >= 48) & (out <= 57)] = _DIGIT
    out[((out >= 65) & (out <= 90)) | ((out >= 97) & (out <= 122))] = _LETTER
    return out


def features(text: str, names: NameTable) -> Keys:
    """[n, F]: the keys of the features of each of the n signs of ``text``."""
    signs = fold(signs_of(text))
    at = {by: shifted(signs.astype(np.uint64), by, _START if by < 0 else _END) for by in range(-4, 5)}
    columns = [*_grams(at), *_numbers(signs, at), *_endings(signs, at), *_names(names, signs, at)]
    return np.stack(columns, axis=1)


def _grams(at: dict[int, Values]) -> list[Keys]:
    spans = [(by, by) for by in range(-3, 4)]
    spans += [(by, by + 1) for by in range(-3, 3)]
    spans += [(by, by + 2) for by in range(-3, 2)]
    spans += [(by, by + 3) for by in range(-3, 1)]
    out = [mix(number, *(at[by] for by in range(low, high + 1))) for number, (low, high) in enumerate(spans)]
    out.append(mix(90, at[-1], at[1]))
    return out


def _place(signs: npt.NDArray[np.uint32]) -> tuple[Values, Values]:
    count = len(signs)
    ahead = np.minimum(np.arange(count), _FAR).astype(np.uint64)
    return ahead, np.minimum(np.arange(count)[::-1], _FAR).astype(np.uint64)


def _runs(mark: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each position the first one of its run of equal marks, and the one behind its last."""
    count = len(mark)
    edge = np.flatnonzero(np.diff(mark)) + 1
    starts, ends = np.concatenate([[0], edge]), np.concatenate([edge, [count]])
    sizes = ends - starts
    return np.repeat(starts, sizes), np.repeat(ends, sizes)


def _numbers(signs: npt.NDArray[np.uint32], at: dict[int, Values]) -> list[Keys]:
    """What stands before and behind the run of digits and letters around a position."""
    count = len(signs)
    mark = (signs == _DIGIT) | (signs == _LETTER)
    starts, ends = _runs(mark)
    padded = np.concatenate([signs, [_END, _END]]).astype(np.uint64)
    behind, second = padded[np.minimum(ends, count)], padded[np.minimum(ends + 1, count + 1)]
    before = np.concatenate([[_START], signs]).astype(np.uint64)[starts]
    size = np.minimum(ends - starts, 6).astype(np.uint64)
    inside = np.minimum(np.arange(count) - starts, 3).astype(np.uint64)
    run = np.where(mark, size + np.uint64(1), np.uint64(0))
    rank = np.minimum(np.cumsum(mark & (np.arange(count) == starts)), 6).astype(np.uint64)
    ahead, back = _place(signs)
    return [
        mix(100, run, behind, before), mix(101, run, behind, second), mix(102, run, inside, behind),
        mix(103, run, rank, behind), mix(104, at[0], ahead), mix(105, at[0], back), mix(106, at[0], rank),
        mix(107, run, before, rank), mix(108, ahead), mix(109, back),
    ]  # fmt: skip


def _endings(signs: npt.NDArray[np.uint32], at: dict[int, Values]) -> list[Keys]:
    """The nearest endings on both sides, and how far they are."""
    count = len(signs)
    spots = np.arange(count)
    is_end = np.isin(signs, signs_of(ENDINGS))
    later = np.where(is_end, spots, count)
    later = np.minimum.accumulate(later[::-1])[::-1]
    strictly = np.concatenate([later[1:], [count]])
    earlier = np.maximum.accumulate(np.where(is_end, spots, -1))
    earlier = np.concatenate([[-1], earlier[:-1]])
    padded = np.concatenate([signs, [_END, _START]]).astype(np.uint64)
    near, far = padded[later], padded[strictly]
    gone = padded[np.where(earlier < 0, count + 1, earlier)]
    to = np.minimum(later - spots, _FAR).astype(np.uint64)
    since = np.minimum(spots - earlier, _FAR).astype(np.uint64)
    numbers = ((signs == _DIGIT) | np.isin(signs, signs_of(_HAN_DIGITS))).astype(np.uint64)
    return [
        mix(110, near, to), mix(111, gone, since), mix(112, near, gone, to), mix(113, near, gone, since),
        mix(114, at[0], near, to), mix(115, at[0], gone, since), mix(116, at[-1], at[0], near),
        mix(117, near, far, to), mix(118, gone, at[0], at[1]), mix(119, numbers, near, gone),
    ]  # fmt: skip


def _names(names: NameTable, signs: npt.NDArray[np.uint32], at: dict[int, Values]) -> list[Keys]:
    begins, ends, inside = names.spans(signs)
    return [
        mix(130, begins), mix(131, ends), mix(132, inside), mix(133, begins, inside), mix(134, ends, at[1]),
        mix(135, inside, at[0]), mix(136, begins, at[-1]), mix(137, inside, shifted(inside, 1, 0)),
        mix(138, shifted(ends, -1, 0), at[0]), mix(139, shifted(ends, -1, 0), begins),
    ]  # fmt: skip
