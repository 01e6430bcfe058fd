"""The district of board_gas, the rivers of fuzhou12345, and the speed of looking up.

    python tests/address/measure.py --data DIR [--misses]

DIR holds appeals/*.jsonl. A row of board_gas counts where its text holds the name of the county that the row gives;
it is right where the division that is sure, or the most probable place, is that county or lies in it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from appealnlp.address import locate
from appealnlp.address.gazetteer import load_gazetteer

Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def content(row: Row) -> str:
    return f"{row['title']}\n{row['text']}" if row.get("title") else str(row["text"])


def county_of(row: Row) -> int | None:
    """Code of the county that a row gives: by its name, or by its stem where the table has a newer name."""
    gazetteer = load_gazetteer()
    found = {}
    for code, name in gazetteer.find(row["county"], 2):
        path = [item.name for item in gazetteer.path(code)]
        found[code] = (path[0] == row["province"], row["city"] in path, name == row["county"])
    ranked = sorted(found, key=lambda code: found[code], reverse=True)
    return ranked[0] if ranked and found[ranked[0]][0] else None


def city_of(row: Row) -> str | None:
    """Code of the row's city; of its province where it gives no city."""
    gazetteer = load_gazetteer()
    for level, name in ((1, row["city"]), (0, row["province"])):
        found = [f"{code:012}" for code, known in gazetteer.find(name, level) if known == name]
        if found:
            return found[0]
    return None


def districts(data: Path, misses: bool) -> None:
    rows = [row for row in rows_of(data / "appeals" / "board_gas.jsonl") if row.get("county")]
    named = [row for row in rows if row["county"] in content(row)]
    for hint in (False, True):
        sure = best = n = absent = 0
        for row in named:
            code = county_of(row)
            if code is None:
                absent += 1
            n += 1
            found = locate(content(row), area=city_of(row) if hint else None)
            area = found.area.code if found.area else ""
            first = found.places[0].code if found.places else ""
            right = code is not None and area[:6] == f"{code:012}"[:6]
            sure += right
            best += code is not None and first[:6] == f"{code:012}"[:6]
            if misses and not right:
                print(row["id"], row["province"], row["city"], row["county"], code, found.area and found.area.path,
                      [(p.path, round(p.probability, 2)) for p in found.places[:3]])  # fmt: skip
        how = "with the row's city as the caller's area" if hint else "from the text alone"
        print(f"board_gas, {how}: sure {sure}/{n} = {sure / n:.3f}, best {best}/{n} = {best / n:.3f}; "
              f"counties that the table lacks: {absent}")  # fmt: skip


def rivers(data: Path, misses: bool) -> None:
    from appealnlp.entities import load_recogniser

    recogniser, held, n = load_recogniser(), 0, 0
    for row in rows_of(data / "appeals" / "fuzhou12345.jsonl"):
        river, text = row.get("river"), content(row)
        if not river or river in ("无", "河流") or river not in text:
            continue
        n += 1
        found = [item.text for item in recogniser.find(text, len(row.get("title") or ""))
                 if item.label == "ADDR" and river in item.text]  # fmt: skip
        held += bool(found)
        if misses and not found:
            at = text.find(river)
            print(row["id"], river, repr(text[max(0, at - 12) : at + len(river) + 8]))
    print(f"fuzhou12345: the river lies in an ADDR in {held}/{n} = {held / n:.3f} of the rows that hold it")


def speed() -> None:
    gazetteer = load_gazetteer()
    gazetteer.villages  # noqa: B018 - read before the clock runs
    for name, level in (("惠城区", 2), ("江南街道", 3), ("祝屋巷社区", 4), ("新华社区", 4)):
        start = time.process_time()
        for _ in range(200):
            count = len(gazetteer.bearers(name, level)[0])
        print(f"look-up of {name}: {(time.process_time() - start) / 200 * 1e6:.0f} us, {count} found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    districts(options.data, options.misses)
    rivers(options.data, options.misses)
    speed()


if __name__ == "__main__":
    main()
