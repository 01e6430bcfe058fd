"""Importers: each original layout on a small file of our own making, and the shared public files where they are."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import Workbook

from appealnlp.errors import InputError, SchemeError, TableError
from appealnlp.schemes import load_scheme
from appealnlp_training.importers import (
    Span,
    Tagged,
    formats,
    guess_format,
    import_file,
    import_messages,
    read_tagged,
    read_tree,
)
from appealnlp_training.importers.__main__ import main
from appealnlp_training.importers.formats import load_formats
from appealnlp_training.importers.groups import Groups
from appealnlp_training.records import read_records, write_records

DATA = Path(__file__).parent / "data"
WRITER = ["u-778812", "周某某的账号"]
HEADER = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"]
MOMENT = datetime(2020, 1, 6, 12, 9, 38)
ROW = [24, WRITER[0], "东湖镇占道施工", MOMENT, "\n\t\t\t东湖大道的人行道被围住，请整改。\n\t\t"]
TREE = [["一级分类", "二级分类", "三级分类"], ["城乡建设", "安全生产", "事故处理"], [None, None, "安全隐患"],
        [None, "城乡规划", "违章建筑"], ["民政", "社会救助", "农村低保"]]  # fmt: skip


def xlsx(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def lines(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return xlsx(tmp_path / "附件2.xlsx", [[*HEADER, "一级标签"], [*ROW, "城乡建设"]])


# the published spreadsheets


def test_messages_with_a_field(second: Path) -> None:
    (record,) = import_file(second)
    assert guess_format(second) == "teddy2"
    assert (record.id, record.title, record.origin) == ("td2-24", "东湖镇占道施工", "published")
    assert record.text == "东湖大道的人行道被围住，请整改。"
    assert record.source == {"messages_topic": "城乡建设"}
    assert record.type is None
    assert record.topic is None


def test_messages_with_likes(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "附件3.xlsx", [[*HEADER, "点赞数", "反对数"], [*ROW, 3, 0]])
    (message,) = import_messages(path)
    assert guess_format(path) == "teddy3"
    assert message.record.id == "tdh-24"
    assert message.details == {"time": "2020-01-06T12:09:38", "likes": "3", "dislikes": "0"}


def test_messages_with_a_reply(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "附件4.xlsx", [[*HEADER, "答复意见", "答复时间"], [*ROW, "已转住建局。", "2020/1/9 8:00:00"]]
    )
    (message,) = import_messages(path)
    assert guess_format(path) == "teddy4"
    assert message.record.id == "tdr-24"
    assert (message.details["reply"], message.details["replied_at"]) == ("已转住建局。", "2020-01-09T08:00:00")


def test_tree_of_labels(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "附件1.xlsx", TREE)
    assert guess_format(path) == "teddy1"
    paths = read_tree(path, formats()["teddy1"])
    assert paths == [("城乡建设", "安全生产", "事故处理"), ("城乡建设", "安全生产", "安全隐患"),
                     ("城乡建设", "城乡规划", "违章建筑"), ("民政", "社会救助", "农村低保")]  # fmt: skip
    with pytest.raises(TableError, match=r"附件1\.xlsx: the format teddy1 holds a tree of labels.*read_tree"):
        import_file(path)


def test_tree_becomes_topics_of_a_scheme(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "附件1.xlsx", TREE)
    out = tmp_path / "scheme" / "topics.yaml"
    assert main([str(path), "--tree", "--out", str(out)]) == 0
    assert ("城乡建设", "安全生产", "安全隐患") in load_scheme(out.parent).topics


def test_tree_with_a_hole(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "附件1.xlsx", [*TREE, ["交通运输", None, "公共汽车"]])
    with pytest.raises(TableError, match=r"line 6: field '二级分类' is empty; write the label"):
        read_tree(path, formats()["teddy1"])


# 12345 spreadsheets and message boards


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_hotline_columns_are_guessed(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "工单.csv"
    table = "工单编号,来电人,联系电话,诉求类型,诉求内容,受理时间,承办单位\n"
    path.write_text(f"{table}A7,马小川,13900001234,投诉,柳巷夜里施工吵人,2024-05-01 23:10,城管局\n", encoding)
    (message,) = import_messages(path)
    assert guess_format(path) == "hotline"
    assert (message.record.id, message.record.text) == ("hl-A7", "柳巷夜里施工吵人")
    assert message.record.source == {"hotline_type": "投诉"}
    assert message.details == {"time": "2024-05-01T23:10:00", "unit": "城管局"}


def test_rows_without_a_number_are_numbered(tmp_path: Path) -> None:
    path = lines(tmp_path / "calls.csv", "诉求内容\n柳巷停水\n东湖路积水\n")
    assert [record.id for record in import_file(path, "hotline")] == ["hl-calls-row-2", "hl-calls-row-3"]


def test_board_as_csv() -> None:
    first, second = import_messages(DATA / "board.csv")
    assert guess_format(DATA / "board.csv") == "board"
    assert first.record.source == {"board_type": "投诉", "board_field": "城建"}
    assert first.details["unit"] == "东湖市住建局"
    assert first.details["replied_at"] == "2024-03-05T00:00:00"
    assert "time" not in second.details
    assert "reply" not in second.details


def test_board_as_jsonl() -> None:
    (message,) = import_messages(DATA / "board.jsonl")
    assert guess_format(DATA / "board.jsonl") == "board"
    assert (message.record.id, message.record.title) == ("mb-9", "供暖")
    assert message.record.source == {"board_type": "求助", "board_field": "城建"}
    assert message.details["reply"] == "正在检修。"


@pytest.mark.parametrize("name", ["board.csv", "board.jsonl", "doccano.jsonl", "label_studio.json", "附件2.xlsx"])
def test_writers_are_never_taken_over(tmp_path: Path, second: Path, name: str) -> None:
    path = second if name == second.name else DATA / name
    out, details = tmp_path / "records.jsonl", tmp_path / "details.jsonl"
    assert main([str(path), "--out", str(out), "--details", str(details)]) == 0
    written = out.read_text("utf-8") + details.read_text("utf-8")
    assert not any(mark in written for mark in [*WRITER, "zhou_writer", "nickName", "completed_by"])


# exact errors


FAULTS = [
    ([*ROW[:3], "昨天", ROW[4], "民政"], r"line 2: field '留言时间': '昨天' is no moment; write 2024/5/1 9:30"),
    ([*ROW[:4], "  ", "民政"], r"line 2: field '留言详情' is empty; give what the citizen wrote"),
    ([*ROW[:4], 7.5, "很" * 80], r"line 2: field '一级标签': '很很很很很很很很很很很很'… has 80 code points"),
]


@pytest.mark.parametrize(("row", "message"), FAULTS)
def test_faults_name_row_field_value_and_remedy(tmp_path: Path, row: list[object], message: str) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[*HEADER, "一级标签"], row])
    with pytest.raises(TableError, match=message):
        list(import_file(path, "teddy2"))


def test_likes_must_be_numbers(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[*HEADER, "点赞数", "反对数"], [*ROW, "多", 0]])
    with pytest.raises(TableError, match="line 2: field '点赞数': '多' is no whole number; write digits"):
        list(import_file(path, "teddy3"))


def test_a_second_row_of_one_number(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[*HEADER, "一级标签"], [*ROW, "民政"], [*ROW, "民政"]])
    with pytest.raises(TableError, match="line 3: field '留言编号': id '24' stands in line 2 already; remove"):
        list(import_file(path))


def test_a_missing_column(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, ROW])
    with pytest.raises(
        TableError, match=r"no column '一级标签' or '一级分类' \(messages_topic\); the columns are 留言编号"
    ):
        list(import_file(path, "teddy2"))


def test_unknown_format_and_file(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.xyz", "你好\n")
    with pytest.raises(TableError, match="fits no known format; name it with --format"):
        guess_format(path)
    with pytest.raises(InputError, match="no format 'nope'; the formats are teddy1, teddy2"):
        import_file(path, "nope")
    with pytest.raises(TableError, match="no such file"):
        list(import_file(tmp_path / "b.bio", "bio"))


def test_rows_at_fault_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[*HEADER, "一级标签"], [*ROW[:3], "昨天", ROW[4], "民政"], [*ROW, "民政"]])
    out = tmp_path / "records.jsonl"
    assert main([str(path), "--out", str(out)]) == 2
    assert main([str(path), "--out", str(out), "--skip"]) == 0
    shown = capsys.readouterr()
    assert "left out: " in shown.err
    assert "1 in" in shown.out
    assert "1 left out" in shown.out
    assert [record.id for record in read_records(out)] == ["td2-24"]


def test_records_with_rare_line_ends_are_read_again(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", json.dumps({"text": "柳巷\u2028停水\x85三天"}) + "\n")
    records = list(import_file(path, "board"))
    write_records(tmp_path / "out.jsonl", records)
    assert read_records(tmp_path / "out.jsonl") == records


# characters


def spans(tagged: Tagged) -> list[tuple[str, str]]:
    return [(tagged.text[s.start : s.end], s.label) for s in tagged.spans]


def test_bio() -> None:
    first, second = read_tagged(DATA / "own.bio")
    assert guess_format(DATA / "own.bio") == "peoples_daily"
    assert spans(first) == [("马小川", "PER"), ("东湖镇", "ADDR")]
    assert spans(second) == [("水务局", "ORG"), ("镇南", "ADDR")]
    assert second.tags() == ["B-ORG", "I-ORG", "I-ORG", "B-ADDR", "I-ADDR"]


def test_records_of_bio() -> None:
    first, _ = import_file(DATA / "own.bio", "bio")
    assert first.id == "bio-own-1"
    assert first.origin == "published"
    assert first.entities == [["PER", "马小川"], ["ADDR", "东湖镇"]]


def test_addresses_in_either_case() -> None:
    (address,) = read_tagged(DATA / "address.bio")
    assert guess_format(DATA / "address.bio") == "address"
    assert spans(address) == [
        ("临江省", "province"), ("青湖", "devzone"), ("柳巷", "road"), ("602号", "road_no"), ("云阁", "poi"),
        ("甲", "sub_poi"), ("3栋", "building"), ("2", "unit"), ("五楼", "floor"), ("501", "room"),
    ]  # fmt: skip
    with pytest.raises(TableError, match="holds no appeals and no entities; use read_tagged"):
        import_file(DATA / "address.bio")


def test_bmes() -> None:
    (tagged,) = read_tagged(DATA / "resume.bmes")
    assert guess_format(DATA / "resume.bmes") == "resume"
    assert spans(tagged) == [("马小川", "PER"), ("东湖水厂", "ORG"), ("王", "PER")]


def test_conll_with_segmentation_digits() -> None:
    (tagged,) = read_tagged(DATA / "weibo.conll")
    assert guess_format(DATA / "weibo.conll") == "weibo"
    assert tagged.text == "小川的妈妈在东湖9"
    assert spans(tagged) == [("小川", "PER"), ("东湖", "ADDR")]


def test_conll_with_more_columns(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.conll", "小 NR _ B-PER\n川 NR _ I-PER\n  O\n好 VA _ O\n")
    (tagged,) = read_tagged(path)
    assert guess_format(path) == "conll"
    assert (tagged.text, spans(tagged)) == ("小川 好", [("小川", "PER")])


TAG_FAULTS = [
    ("bio", "小 B-PER\n川 I-LOC\n", "line 2: a tag of 'LOC' goes on with what was not begun; write B-LOC"),
    ("bio", "小\n", "line 1: tag '小' is none; write a character, a blank and O, B-X"),
    ("bio", "小 X-PER\n", "line 1: tag 'X-PER' is none"),
    (
        "bio",
        "好 O\n\n小 B-GAME\n",
        r"line 3: unknown label 'GAME' \(known are PER, NAME.*give its meaning with --label",
    ),
    ("bmes", "小 B-PER\n川 O\n", "line 2: 'PER' is not ended by E-PER; mend the line above"),
    ("bmes", "小 B-PER\n", "line 1: 'PER' is not ended"),
    ("weibo", "小\tO\n", "line 1: no segmentation digit behind the character; read it with --format conll"),
]


@pytest.mark.parametrize(("name", "text", "message"), TAG_FAULTS)
def test_faults_of_tags(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_tagged(lines(tmp_path / "a.bio", text), name)


def test_a_text_at_fault_can_be_left_out(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.bio", "小 I-PER\n\n东 B-LOC\n\n玩 B-GAME\n")
    errors: list[TableError] = []
    assert [one.text for one in read_tagged(path, "bio", report=errors.append)] == ["东"]
    assert len(errors) == 2


def test_labels_of_the_caller(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.bio", "玩 B-GAME\n东 B-SPOT\n")
    (tagged,) = read_tagged(path, "bio", labels={"GAME": None, "SPOT": "ADDR"})
    assert tagged.spans == (Span(1, 2, "ADDR"),)


# CLUENER, doccano, Label Studio


def test_cluener() -> None:
    path = DATA / "cluener.jsonl"
    first, second = read_tagged(path)
    assert guess_format(path) == "cluener"
    assert first.spans == (Span(0, 4, "ORG", "corp"), Span(5, 8, "PER"), Span(11, 15, "ORG", "corp"))
    assert second.spans == (Span(0, 6, "ORG", "gov"),)
    assert next(import_file(path)).entities[0] == ["ORG:corp", "东湖水务"]


def test_cluener_with_wrong_offsets(tmp_path: Path) -> None:
    row = {"text": "马小川来了", "label": {"name": {"马小川": [[0, 3]]}}}
    path = lines(tmp_path / "a.jsonl", json.dumps(row))
    with pytest.raises(
        TableError, match=r"line 1: field 'label.name': 0..3 \(inclusive\) is not the 3 code points named"
    ):
        read_tagged(path)


def test_doccano() -> None:
    path = DATA / "doccano.jsonl"
    first, second = import_file(path)
    assert guess_format(path) == "doccano"
    assert (first.id, first.origin, first.type, first.urgency) == ("dc-7", "read", "request", "urgent")
    assert first.entities == [["ADDR", "东湖镇"], ["PER", "马小川"], ["COUNT", "20户"]]
    assert first.flags == {"supply_cut": "停水三天"}
    assert first.urgency_evidence == ["停水三天"]
    assert second.entities == [["ORG:gov", "水务局"]]
    assert second.origin == "published"
    assert [len(one.spans) for one in read_tagged(path)] == [3, 1]


def test_label_studio() -> None:
    path = DATA / "label_studio.json"
    first, second = import_file(path)
    assert guess_format(path) == "label_studio"
    assert (first.id, first.title, first.type) == ("ls-31", "路灯", "complaint")
    assert (first.topic, first.topic3) == ("城乡建设/城市建设和市政管理", "城市公共设施")
    assert first.entities == [["ADDR", "东湖镇"]]  # the browser counted the emoji as two
    assert not second.is_labelled
    assert [one.text for one in read_tagged(path)] == ["🙏东湖镇路灯坏了。"]  # nobody has worked on the other


def test_label_studio_min() -> None:
    (record,) = import_file(DATA / "label_studio_min.json")
    assert (record.entities, record.type, record.id) == ([["ADDR", "东湖镇"]], "complaint", "ls-5")


EXPORT_FAULTS = [
    (
        "doccano",
        {"text": "东湖", "label": [[0, 9, "ADDR"]]},
        "field 'label': span 0..9 is not within the 2 code points",
    ),
    (
        "doccano",
        {"text": "东湖", "label": [["0", 1, "ADDR"]]},
        r"field 'label' must be two whole numbers \(start, end\)",
    ),
    ("doccano", {"text": "东湖", "label": ["求救"]}, "class '求救': no value of type, target, .*; write head:value"),
    ("doccano", {"text": "东湖", "cats": ["投诉", "求助"]}, "class '求助': type is 'complaint' already; leave one"),
    ("doccano", {"text": "东湖", "cats": ["type:好"]}, "class 'type:好': known values of type are consult"),
    ("doccano", {"text": " ", "label": []}, "field 'text' holds no text; give what the citizen wrote"),
    ("doccano", {"label": []}, "no field of appeals; name it text"),
    ("cluener", {"text": "东湖", "label": []}, "field 'label' must be an object of labels, found list"),
]


@pytest.mark.parametrize(("name", "row", "message"), EXPORT_FAULTS)
def test_faults_of_exports(tmp_path: Path, name: str, row: dict[str, object], message: str) -> None:
    path = lines(tmp_path / "a.jsonl", json.dumps(row) + "\n")
    with pytest.raises(TableError, match=f"line 1: {message}"):
        list(import_file(path, name))


@pytest.mark.parametrize("text", ["{}", "[1]", "[", '[{"text": "东湖", "annotations": 3}]'])
def test_broken_label_studio(tmp_path: Path, text: str) -> None:
    with pytest.raises(TableError):
        list(import_file(lines(tmp_path / "a.json", text), "label_studio"))


# parts


def test_tagged_checks_and_flattens() -> None:
    with pytest.raises(InputError, match=r"span 1\.\.9 of ADDR is not within the 2 code points"):
        Tagged("东湖", (Span(1, 9, "ADDR"),))
    nested = Tagged("东湖水务局", (Span(2, 4, "ORG"), Span(0, 2, "ADDR"), Span(0, 5, "ORG", "gov")))
    assert nested.flat().spans == (Span(0, 5, "ORG", "gov"),)
    assert nested.to_dict()["spans"][0] == [0, 5, "ORG", "gov"]


def test_near_duplicates_share_a_group() -> None:
    groups = Groups("")
    text = "东湖镇柳巷小区已经连续停水三天，物业和水务公司都没有人来看，请尽快恢复供水。"
    assert groups.of(text, "a") == groups.of(f"{text}急！", "b") == "a"
    assert groups.of("请问医保缴费在哪里办理，周末窗口开不开？", "c") == "c"


def test_a_wrong_format_file_is_refused(tmp_path: Path) -> None:
    source = "components: [road]\ntexts:\n  mine:\n    means: x\n    tags: {A: NOPE}\n"
    with pytest.raises(SchemeError, match=r"5: texts.mine.tags.A: 'NOPE' is neither entity nor component"):
        load_formats(lines(tmp_path / "formats.yaml", source))
    with pytest.raises(SchemeError, match=r"tables.mine.color: unknown field; use one of columns"):
        load_formats(lines(tmp_path / "formats.yaml", "tables:\n  mine: {means: x, color: red}\n"))
    with pytest.raises(SchemeError, match=r"tables.mine: incomplete .*prefix"):
        load_formats(lines(tmp_path / "formats.yaml", "tables:\n  mine: {means: x}\n"))


def test_command_line_writes_tagged_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tagged.jsonl"
    assert main([str(DATA / "address.bio"), "--tagged", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8"))["spans"][0] == [0, 3, "province", None]
    assert main([str(DATA / "own.bio"), "--label", "LOC", "--out", str(out)]) == 2
    assert "--label 'LOC' has no '='" in capsys.readouterr().err
    assert main([str(DATA / "own.bio"), "--tree", "--out", str(out)]) == 2


# the public files


PUBLIC = [
    ("cluener_train.jsonl", "cluener", 10_748),
    ("address_train.bio", "address", 8_957),
    ("address_dev.bio", "address", 2_985),
    ("weibo_train.conll", "weibo", 1_350),
    ("weibo_dev.conll", "weibo", 270),
    ("resume_train.bmes", "resume", 3_821),
    ("resume_dev.bmes", "resume", 463),
    ("peoples_daily_a.bio", "peoples_daily", 2_318),
    ("peoples_daily_b.bio", "peoples_daily", 4_636),
]


@pytest.mark.parametrize(("name", "wanted", "count"), PUBLIC)
def test_public_tagged_files(shared: Path, name: str, wanted: str, count: int) -> None:
    path = shared / "data" / "ner" / name
    if not path.exists():
        pytest.skip(f"{name} is absent")
    texts = read_tagged(path)
    assert guess_format(path) == wanted
    assert len(texts) == count
    assert sum(len(one.spans) for one in texts) > count / 4
    for one in texts:
        assert all(a.end <= b.start for a, b in pairwise(one.flat().spans))


@pytest.mark.parametrize("name", ["messages_likes", "messages_reply", "fuzhou12345", "board_gas"])
def test_public_appeals(shared: Path, name: str) -> None:
    path = shared / "data" / "appeals" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{name} is absent")
    published = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    records = list(import_file(path, "board"))
    assert [record.id for record in records] == [f"mb-{row['id']}" for row in published]
    ours, theirs = len({record.group for record in records}), len({row["group"] for row in published})
    assert abs(ours - theirs) < 0.05 * len(records)  # groups of near-duplicates, found anew
