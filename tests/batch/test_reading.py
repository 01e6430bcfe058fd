"""Tables in: encodings, quoting, headers, broken rows and files."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from appealnlp.batch.columns import Roles, known_names
from appealnlp.batch.csvfile import FIELD_LIMIT
from appealnlp.batch.formats import FORMATS, format_of
from appealnlp.batch.table import BadRow, ReadOptions, Row
from appealnlp.batch.textfile import decode, find_encoding
from appealnlp.errors import InputError, MissingExtra, TableError

HEADER = "编号,标题,诉求内容\n"
TEXT = "我们小区停水三天了，没人管，请尽快解决。"


def rows_of(path: Path, **options) -> list[Row | BadRow]:
    with format_of(path).read(path, ReadOptions(**options)) as source:
        return list(source.rows)


def columns_of(path: Path, **options) -> tuple[str, ...]:
    with format_of(path).read(path, ReadOptions(**options)) as source:
        return source.columns


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_csv_encodings(write, encoding, name):
    content = f"{HEADER}1,停水,{TEXT}\n2,,二\n"
    path = write(name, content.replace(",", "\t") if name.endswith("tsv") else content, encoding)
    assert columns_of(path) == ("编号", "标题", "诉求内容")
    assert [row.values["诉求内容"] for row in rows_of(path)] == [TEXT, "二"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_jsonl_encodings(write, encoding):
    path = write("a.jsonl", json.dumps({"text": TEXT}, ensure_ascii=False) + "\n", encoding)
    assert rows_of(path) == [Row(1, {"text": TEXT})]


def test_utf16_big_endian(write):
    path = write("a.csv", b"\xfe\xff" + f"{HEADER}1,,{TEXT}\n".encode("utf-16-be"))
    assert rows_of(path)[0].values["诉求内容"] == TEXT


def test_rare_characters_in_gb18030(write):
    path = write("a.csv", "text\n𠮷野家㐂\n", "gb18030")
    assert rows_of(path)[0].values["text"] == "𠮷野家㐂"


def test_named_encoding(write):
    path = write("a.csv", "text\n我們社區停水\n", "big5")
    assert rows_of(path, encoding="big5")[0].values["text"] == "我們社區停水"
    with pytest.raises(TableError, match="unknown encoding 'klingon'"):
        rows_of(path, encoding="klingon")


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=60))
def test_han_text_is_told_apart(tmp_path_factory, text):
    for encoding in ("utf-8", "gb18030"):
        path = tmp_path_factory.mktemp("e") / "a.csv"
        path.write_bytes(f"text\n{text}\n".encode(encoding))
        assert path.read_bytes().decode(find_encoding(path)) == f"text\n{text}\n"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_undecodable_line_is_one_bad_row(write, name, encoding):
    good = [f"第{i}件，{TEXT}" for i in range(20)]
    lines = [json.dumps({"text": t}, ensure_ascii=False) if name == "a.jsonl" else t for t in good]
    data = [line.encode(encoding) for line in (lines if name == "a.jsonl" else ["text", *lines])]
    data[5] = data[5].replace("停水".encode(encoding), b"\xff\xff")
    rows = rows_of(write(name, b"\n".join(data)))
    assert [row.number for row in rows if isinstance(row, BadRow)] == [6]
    assert len(rows) == 20


def test_undecodable_line_of_utf16(write):
    good = "text\n一\n二\n".encode("utf-16")
    path = write("a.csv", good + b"\x00\xd8" + "\n三\n".encode("utf-16-le"))
    assert [type(row).__name__ for row in rows_of(path)] == ["Row", "Row", "BadRow", "Row"]


def test_line_ends_in_quotes(write):
    path = write("a.csv", 'id,text\r\n1,"第一行\n第二行，""引号"""\r\n\r\n2,"a\rb\r\nc"\r\n')
    assert rows_of(path) == [
        Row(2, {"id": "1", "text": '第一行\n第二行，"引号"'}),
        Row(5, {"id": "2", "text": "a\rb\r\nc"}),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_of_the_header(write, mark):
    path = write("a.csv", f"id{mark}text\n1{mark}停水\n")
    assert rows_of(path) == [Row(2, {"id": "1", "text": "停水"})]


def test_one_column(write):
    assert rows_of(write("a.csv", "内容\n停水,停电\n好\n"))[0] == BadRow(
        2, "2 fields, the header has 1; quote or mend the row"
    )


def test_ragged_rows(write):
    rows = rows_of(write("a.csv", "id,text\n1\n2,好\n3,好,多\n4,好,,\n"))
    assert [type(row).__name__ for row in rows] == ["BadRow", "Row", "BadRow", "Row"]
    assert rows[0].number == 2
    assert "1 fields, the header has 2" in rows[0].reason


def test_unclosed_quote_at_the_end_is_one_bad_row(write):
    rows = rows_of(write("a.csv", 'id,text\n1,好\n2,"没有关\n3,好\n4,好\n'))
    assert rows[0].values["text"] == "好"
    assert rows[1].number == 3
    assert "lines 3 to 5 became one row, since a quote is not closed" in rows[1].reason
    assert "没有关" not in rows[1].reason


def test_unclosed_quote_in_a_long_file_is_an_error(write):
    path = write("a.csv", 'id,text\n1,"没有关\n' + "2,好\n" * (FIELD_LIMIT // 4 + 1))
    with pytest.raises(TableError, match=r"a\.csv: line 2: a field that begins here .*quote"):
        rows_of(path)


def test_long_field_is_read(write):
    assert len(rows_of(write("a.csv", f"text\n{'长' * 300_000}\n"))[0].values["text"]) == 300_000


BROKEN = [
    ("a.csv", b"", "is empty"),
    ("a.csv", b"\xef\xbb\xbf \r\n", "is empty"),
    ("a.csv", b"PK\x03\x04zzzz", "zip or xlsx.*name it .xlsx"),
    ("a.csv", b"\xd0\xcf\x11\xe0zzzz", r"old \.xls file or protected"),
    ("a.csv", b"%PDF-1.7 zz", "PDF"),
    ("a.csv", b"\x1f\x8b00", "compressed"),
    ("a.csv", b"text\n\0\0\1\2", "binary"),
    ("a.csv", b"text\n" + bytes([0xFF, 0x80, 0x81, 0x20]) * 20, "neither UTF-8 nor GB18030"),
    ("a.csv", b",,\n1,2,3\n", "header is missing"),
    ("a.csv", b"id,text,id\n1,2,3\n", "columns 1 and 3 have the same name 'id'; rename one"),
    ("a.csv", b"id,te\xffxt\n" + "停水停水停水停水".encode(), "header cannot be decoded"),
    ("a.jsonl", b'[{"text": "x"}]', "one JSON array; write one object a line"),
    ("a.xlsx", b"", "no xlsx workbook"),
    ("a.xlsx", b"PK\x03\x04zzzz", "no xlsx workbook"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0zzzz", "no xlsx workbook"),
    ("a.parquet", b"zzzz", "no parquet file"),
    ("a.doc", b"zzzz", r"no table format '\.doc'; use one of \.csv"),
]


@pytest.mark.parametrize(("name", "data", "says"), BROKEN)
def test_broken_files(write, name, data, says):
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    path = write(name, data)
    with pytest.raises(TableError, match=says) as caught:
        rows_of(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", FORMATS)
def test_missing_file_and_folder(tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(TableError, match="no such file"):
        rows_of(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(TableError, match=r"folder|no parquet file"):
        rows_of(tmp_path / f"folder{suffix}")


def test_blank_header_names_get_one(write):
    assert columns_of(write("a.csv", "id,,text,,\n1,2,3\n")) == ("id", "column_2", "text")


def test_header_row_below_a_title(write):
    path = write("a.csv", "2024年工单统计,,\n编号,标题,内容\n1,停水,好\n")
    assert rows_of(path, header_row=2) == [Row(3, {"编号": "1", "标题": "停水", "内容": "好"})]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{broken", "not valid JSON at column 2"),
        ('["list"]', "JSON list"),
        ('"text"', "JSON str"),
        ("null", "JSON NoneType"),
        ('{"text": "半\\ud800字"}', "field 'text' has bytes that cannot be decoded"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_bad_lines_of_jsonl(write, line, says):
    rows = rows_of(write("a.jsonl", f'{{"text": "好"}}\n\n{line}\n{{"text": "好"}}'))
    assert [row.number for row in rows] == [1, 3, 4]
    assert says in rows[1].reason


def test_jsonl_ends_lines_at_line_feeds_alone(write):
    rows = rows_of(write("a.jsonl", '{"text":\r "一\u2028二"}\r\n{"text": "好"}'))
    assert [row.values["text"] for row in rows] == ["一\u2028二", "好"]


def test_jsonl_columns_of_all_rows(write):
    path = write("a.jsonl", '{"text": "好"}\n' * 300 + '{"text": "好", "late": 1}\n')
    assert columns_of(path) == ("text",)
    assert columns_of(path, all_columns=True) == ("text", "late")


def workbook(path: Path, *sheets: list[list]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for place, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"表{place}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_xlsx(tmp_path):
    when = datetime(2024, 5, 1, 9, 30)
    path = workbook(tmp_path / "a.xlsx", [["id", "text", "time", None], [1, "停水", when], [], [2.5, None, None, None]])
    assert rows_of(path) == [
        Row(2, {"id": 1, "text": "停水", "time": when}),
        Row(4, {"id": 2.5, "text": None, "time": None}),
    ]


def test_xlsx_sheets(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["text"], ["一"]], [["text"], ["二"]])
    assert rows_of(path)[0].values["text"] == "一"
    assert rows_of(path, sheet="表2")[0].values["text"] == "二"
    with pytest.raises(TableError, match=r"no sheet '表9'; the sheets are 表1, 表2"):
        rows_of(path, sheet="表9")


def test_xlsx_title_above_the_header(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["2024年统计"], ["id", "text"], [1, "好"]])
    assert rows_of(path, header_row=2) == [Row(3, {"id": 1, "text": "好"})]


def test_xlsx_empty_sheet_and_stray_cells(tmp_path):
    with pytest.raises(TableError, match="sheet is empty"):
        rows_of(workbook(tmp_path / "a.xlsx", [[]]))
    rows = rows_of(workbook(tmp_path / "b.xlsx", [["text"], ["一", "二"], ["三", None, ""]]))
    assert [type(row).__name__ for row in rows] == ["BadRow", "Row"]


def test_xlsx_damaged_sheet(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["text"], *[["好"]] * 500])
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(TableError, match=r"damaged after row \d+"):
        rows_of(broken)


def test_parquet(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "a.parquet"
    polars.DataFrame({"id": [1, 2], "text": ["停水", None]}).write_parquet(path)
    assert rows_of(path) == [Row(1, {"id": 1, "text": "停水"}), Row(2, {"id": 2, "text": None})]


def test_parquet_without_the_extra(write, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match=r"parquet needs .*appealnlp\[tables\]"):
        rows_of(write("a.parquet", b"zzzz"))


def test_decode():
    assert decode("停水".encode("gb18030")) == decode("停水".encode()) == decode("停水".encode("utf-16")) == "停水"
    with pytest.raises(InputError, match="neither"):
        decode(b"\xff\xff\xff")


@pytest.mark.parametrize("text", ["联通", "停水", "", "abc", "café 停水", "𠮷"])
def test_short_texts(text):
    for encoding in ("utf-8", "gb18030", "utf-8-sig", "utf-16"):
        if text != "café 停水" or encoding != "gb18030":
            assert decode(text.encode(encoding)) == text


NAMES = [
    (["工单编号", "诉求标题", "诉求内容", "受理时间", "区划代码"], "诉求内容 诉求标题 工单编号 受理时间 区划代码"),
    (["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"], "留言详情 留言主题 留言编号 留言时间 -"),
    (["ID", " Title ", "Text", "Received_At"], "Text  Title  ID Received_At -"),
    (["编号", "内容", "正文"], "正文 - 编号 - -"),
    (["content"], "content - - - -"),
]


@pytest.mark.parametrize(("columns", "expected"), NAMES)
def test_guessed_columns(columns, expected):
    roles = Roles.find(Path("a.csv"), columns)
    assert " ".join(x or "-" for x in (roles.text, roles.title, roles.id, roles.received_at, roles.area)) == expected


def test_given_columns():
    columns = ["编号", "内容", "备注"]
    assert Roles.find(Path("a.csv"), columns, {"text": "备注", "id": ""}) == Roles("备注")
    with pytest.raises(
        TableError, match=r"a\.csv: no column '正文'; the columns are 编号, 内容, 备注; mend --text-column"
    ):
        Roles.find(Path("a.csv"), columns, {"text": "正文"})


def test_no_text_column_does_not_repeat_an_appeal():
    with pytest.raises(
        TableError, match=r"no column of appeals; the columns are 甲, 我家三天没有水了请尽快派…"
    ) as caught:
        Roles.find(Path("a.csv"), ["甲", "我家三天没有水了请尽快派人来修"])
    assert "--text-column" in str(caught.value)


def test_known_names_are_folded_and_in_one_role():
    names = [name for role in known_names().values() for name in role]
    assert len(names) == len(set(names))
    assert all(name == name.casefold() and " " not in name for name in names)


MOMENTS = [
    ("2019/4/25 9:32:09", datetime(2019, 4, 25, 9, 32, 9), True),
    (datetime(2024, 1, 2), datetime(2024, 1, 2), True),
    (datetime(2024, 1, 2).date(), datetime(2024, 1, 2), True),
    ("", None, True),
    (None, None, True),
    ("昨天", None, False),
    (45000, None, False),
]


@pytest.mark.parametrize(("value", "moment", "readable"), MOMENTS)
def test_times(value, moment, readable):
    appeal, told = Roles("text", received_at="t").appeal(Row(1, {"text": "好", "t": value}))
    assert (appeal.received_at, told) == (moment, readable)


def test_appeal_of_a_row():
    roles = Roles("内容", "标题", "编号", None, "区划")
    appeal, _ = roles.appeal(Row(1, {"内容": "好", "标题": "", "编号": 7, "区划": 441302.0}))
    assert (appeal.text, appeal.title, appeal.id, appeal.area) == ("好", None, "7", "441302")


@pytest.mark.parametrize(
    ("value", "expected"), [(7, "7"), (7.0, "7"), (Decimal("7.50"), "7.50"), (UUID(int=7), str(UUID(int=7)))]
)
def test_keys_of_databases_and_spreadsheets(value, expected):
    assert Roles("text", id="id").appeal(Row(1, {"text": "好", "id": value}))[0].id == expected


@pytest.mark.parametrize("value", [["list"], {"a": 1}, True, b"bytes"])
def test_wrong_type(value):
    with pytest.raises(InputError, match=r"field 'text' \(text\) must be text, found"):
        Roles("text").appeal(Row(1, {"text": value}))
