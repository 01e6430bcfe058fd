"""Everything that can go wrong, in one tree.

AppealError
├── InputError      what the caller gave: an appeal, a value, an option
│   └── TableError  a file of appeals: names file, line or column, value and remedy
├── SchemeError     a scheme or rule file of labels, departments, topics, evidence
├── ModelError      a model folder: missing, broken, mutated, of another scheme
├── Withheld        masking could not be made sure of, so that nothing is given out
└── MissingExtra    an optional dependency; one sentence that names the pip command
"""

from __future__ import annotations

from pathlib import Path


class AppealError(Exception):
    """Base of every error that this library raises on purpose."""


class InputError(AppealError, ValueError):
    """What the caller gave cannot be analysed; the message says why and what to do, never the text itself."""


class TableError(InputError):
    """A file of appeals cannot be read or written."""


class SchemeError(AppealError, ValueError):
    """A scheme file is wrong. The message is ``file:line: field: what is wrong (value); remedy``."""

    def __init__(self, file: str | Path, line: int | None, problem: str, remedy: str) -> None:
        self.file, self.line, self.problem, self.remedy = str(file), line, problem, remedy
        where = f"{self.file}:{line}" if line is not None else self.file
        super().__init__(f"{where}: {problem}; {remedy}")


class ModelError(AppealError, ValueError):
    """A model folder cannot be trusted or used; the message names the file and the remedy."""


class Withheld(AppealError):
    """A text is withheld, since its masking could not be made sure of; the message says why, never the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"withheld: {reason}; a human must mask it, and report this as a fault of appealnlp")


class MissingExtra(AppealError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional part: pip install 'appealnlp[{extra}]'")
