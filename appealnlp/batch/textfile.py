"""Opening a text file in the encoding it has: found by decoding it, never by a guess from letter frequencies."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from appealnlp.batch.table import fault
from appealnlp.errors import InputError

MARK = "\udcff"
"""Stands where bytes could not be decoded; no decoder yields it, so that one bad line condemns no file."""

_HANDLER = "appealnlp.mark"
_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "is a zip or xlsx file", "name it .xlsx"),
    (b"\xd0\xcf\x11\xe0", "is an old .xls file or protected by a password", "save it as .xlsx without a password"),
    (b"%PDF", "is a PDF file", "extract its table first"),
    (b"\x1f\x8b", "is compressed", "unpack it first"),
)
_ASCII = bytes(range(128))
_FAR_CHARACTER = re.compile("[\u0800-\ud7ff\ue000-\U0010ffff]")
_MOST_FAULTS = 0.1
"""Of the bytes beyond ASCII. UTF-8 with damaged lines stays far below, any other encoding read as UTF-8 far above."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return MARK, error.end


codecs.register_error(_HANDLER, _mark)


def open_text(path: Path, encoding: str | None = None) -> TextIO:
    """The file as text, line ends kept, undecodable bytes as MARK.

    Raises TableError when it is missing, unreadable, empty, binary or in no encoding that we know.
    """
    found = _known(path, encoding) if encoding else find_encoding(path)
    return path.open(encoding=found, errors=_HANDLER, newline="")


def find_encoding(path: Path) -> str:
    """utf-8-sig, utf-16, utf-8 or gb18030. A damaged line here and there does not change the answer."""
    head = _head(path)
    by_mark = _by_mark(head)
    if by_mark:
        return by_mark
    _refuse_binary(path, head)
    found = _choose(lambda: _blocks(path))
    if found is None:
        raise fault(
            path, None, "is neither UTF-8 nor GB18030", "save it as UTF-8, or name its encoding with --encoding"
        )
    return found


def decode(data: bytes) -> str:
    """The text of bytes in UTF-8, UTF-16 with a mark, or GB18030. Raises InputError for anything else."""
    found = _by_mark(data) or _choose(lambda: [data])
    try:
        return data.decode(found or "utf-8")
    except UnicodeDecodeError:
        raise InputError("the text is neither UTF-8 nor GB18030; save it as UTF-8") from None


def _known(path: Path, encoding: str) -> str:
    _head(path)
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise fault(path, None, f"unknown encoding {encoding!r}", "for example utf-8, gb18030, big5") from None


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise fault(path, None, "is a folder", "give a file")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise fault(path, None, "no such file", "check the path") from None
    except OSError as error:
        raise fault(path, None, f"cannot be read ({error.strerror})", "check path and permissions") from None
    if not head.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        raise fault(path, None, "is empty", "give a table with a header and rows")
    return head


def _refuse_binary(path: Path, head: bytes) -> None:
    for magic, problem, remedy in _MAGIC:
        if head.startswith(magic):
            raise fault(path, None, problem, remedy)
    if b"\0" in head:
        raise fault(path, None, "looks like binary data", "give a text file, or name its encoding with --encoding")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _by_mark(head: bytes) -> str | None:
    return next((name for mark, name in _BOMS if head.startswith(mark)), None)


def _choose(blocks: Callable[[], Iterable[bytes]]) -> str | None:
    """utf-8, gb18030, or None. Two bytes a character are valid in both; there Chinese is GB18030 (it takes three)."""
    share, chinese = _try(blocks(), "utf-8")
    if share < _MOST_FAULTS and chinese is not False:
        return "utf-8"
    if _try(blocks(), "gb18030")[0] < _MOST_FAULTS:
        return "gb18030"
    return "utf-8" if share < _MOST_FAULTS else None


def _try(blocks: Iterable[bytes], encoding: str) -> tuple[float, bool | None]:
    """Undecodable places over the bytes beyond ASCII, and whether any character could be Chinese (None: all ASCII)."""
    decoder = codecs.getincrementaldecoder(encoding)(_HANDLER)
    faults = beyond = 0
    chinese = False
    for block in chain(blocks, [b""]):
        text = decoder.decode(block, final=not block)
        faults += text.count(MARK)
        beyond += len(block.translate(None, _ASCII))
        chinese = chinese or _FAR_CHARACTER.search(text) is not None
    return (faults / beyond, chinese) if beyond else (0.0, None)
