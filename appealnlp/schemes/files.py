"""Reading a YAML data file so that an error can name file and line."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from appealnlp.errors import SchemeError

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One YAML file: its ``data`` and, for any path of keys into it, the line where that value stands.

    The file is parsed a second time for the lines, only when somebody asks for one, which is when something is wrong.
    """

    def __init__(self, path: Path) -> None:
        """Read and parse; raises SchemeError when the file is missing, not UTF-8 or not YAML."""
        self.path = path
        try:
            self._source = path.read_text("utf-8")
        except FileNotFoundError:
            raise SchemeError(path, None, "file is missing", "restore it or remove the reference to it") from None
        except UnicodeDecodeError as error:
            raise SchemeError(path, None, f"not UTF-8 (byte {error.start})", "save the file as UTF-8") from None
        except OSError as error:
            raise SchemeError(path, None, f"cannot be read ({error.strerror})", "check path and permissions") from None
        try:
            self.data: Any = yaml.load(self._source, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else None
            problem = getattr(error, "problem", None) or "not valid YAML"
            raise SchemeError(path, line, str(problem), "mend the YAML syntax at this line") from None

    @cached_property
    def _tree(self) -> yaml.Node | None:
        node: yaml.Node | None = yaml.compose(self._source, Loader=_Loader)
        return node

    def line(self, *keys: str | int) -> int | None:
        """Line (from 1) of the value at ``keys``, or of the deepest part of that path which exists."""
        node = self._tree
        line = node.start_mark.line + 1 if node else None
        for key in keys:
            node = _child(node, key)
            if node is None:
                break
            line = node.start_mark.line + 1
        return line

    def error(self, keys: tuple[str | int, ...], problem: str, remedy: str) -> SchemeError:
        """A SchemeError for the value at ``keys``; the field path is put before the problem."""
        field = ".".join(str(key) for key in keys)
        return SchemeError(self.path, self.line(*keys), f"{field}: {problem}" if field else problem, remedy)


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        child: yaml.Node = node.value[key]
        return child
    return None
