"""Commands that other packages bring, found by entry point, so that the library imports none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias

from appealnlp.errors import AppealError, MissingExtra

GROUP = "appealnlp.commands"
"""An entry point of this group is a typer app, or a callable that takes the arguments and returns an exit code."""
EXTRAS: Mapping[str, str] = {"evaluate": "train", "serve": "serve"}
"""The extra that brings a command."""

_Command: TypeAlias = Any


def run(name: str, args: Sequence[str]) -> int:
    """Run the command ``name``; its exit code. Raises MissingExtra when the package that brings it is not there."""
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        raise MissingExtra(f"appealnlp {name}", EXTRAS[name])
    return _call(_load(found), name, list(args))


def _load(found: EntryPoint) -> _Command:
    try:
        return found.load()
    except AppealError:
        raise
    except ImportError as error:
        feature = f"appealnlp {found.name} (which lacks {error.name})"
        raise MissingExtra(feature, EXTRAS[found.name]) from None


def _call(command: _Command, name: str, args: list[str]) -> int:
    import typer

    if isinstance(command, typer.Typer):
        command = typer.main.get_command(command)
        return command.main(args=args, prog_name=f"appealnlp {name}", standalone_mode=True) or 0
    return command(args) or 0
