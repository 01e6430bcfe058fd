"""The whole way of a table: nothing lost, nothing half-written, every reject with its reason."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appealnlp.appeal import Appeal
from appealnlp.batch import TagOptions, draft, job, layout, tag
from appealnlp.batch.csvfile import CsvSink
from appealnlp.batch.layout import FLAT_COLUMNS, Flat
from appealnlp.batch.table import BadRow, Row
from appealnlp.batch.workers import Workers
from appealnlp.errors import AppealError, InputError, ModelError, TableError
from batch import fake_analyzer
from batch.conftest import leftovers, read_csv, read_jsonl, read_xlsx
from batch.fake_analyzer import DoublingAnalyzer, analysis_of, broken, make

ROOT = Path(__file__).resolve().parents[2]
TABLE = "编号,标题,诉求内容,受理时间,备注\n1,停水,三天了，电话13900001234,2024/5/1 9:30,甲\n2,,路灯不亮,昨天,=乙\n"
FLAT = [column.name for column in FLAT_COLUMNS]


@pytest.fixture
def table(write) -> Path:
    return write("in.csv", TABLE)


def test_csv_to_csv(table, run, tmp_path):
    report = run(table)
    rows = read_csv(tmp_path / "out.csv")
    assert list(rows[0]) == ["编号", "标题", "诉求内容", "受理时间", "备注", *FLAT]
    assert rows[0]["诉求内容"] == "三天了，电话13900001234"
    assert rows[0]["appeal_urgency"] == "urgent"
    assert rows[1]["appeal_urgency"] == "normal"
    assert rows[1]["备注"] == "'=乙"
    assert (report.rows_in, report.rows_out, report.rejects, report.unread_times) == (2, 2, 0, 1)
    assert report.columns == {"text": "诉求内容", "title": "标题", "id": "编号", "received_at": "受理时间"}
    assert report.rejects_file is None
    assert sorted(os.listdir(tmp_path)) == ["in.csv", "out.csv"]


def test_flat_columns():
    kept = Flat().keep(analysis_of(Appeal("停水了，电话13900001234")))
    assert list(kept) == FLAT
    shown = {name.removeprefix("appeal_"): value for name, value in kept.items()}
    assert shown == {
        "type": "complaint",
        "type_confidence": 0.9321,
        "target": "utility",
        "purpose": "claim",
        "ledger": "complaints",
        "topic": "城乡建设/住房保障与房地产/物业服务",
        "topic_confidence": 0.71,
        "urgency": "urgent",
        "urgency_confidence": 0.88,
        "urgency_evidence": "停水",
        "flags": "supply_cut",
        "headcount": 12,
        "scale": "few",
        "gravity": "small",
        "department": "housing",
        "department_name": "住房和城乡建设局",
        "department_confidence": 0.8,
        "departments": "housing:lead:0.8000;water:co:0.1000",
        "area": None,
        "route_status": "review",
        "handoff": "119",
        "deadline": "reply 5 working days",
        "review": True,
        "review_reasons": "urgency",
        "entities": "PHONE:13900001234",
        "model": "fake 0",
    }


def test_names_in_place_of_codes(table, run, tmp_path):
    run(table, names=True)
    row = read_csv(tmp_path / "out.csv")[0]
    assert (row["appeal_type"], row["appeal_urgency"], row["appeal_flags"]) == ("投诉", "紧急", "民生中断")
    assert (row["appeal_ledger"], row["appeal_purpose"]) == ("投诉举报", "申诉求决")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "jsonl", "parquet"])
def test_every_format_to_every_format(table, run, tmp_path, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    run(table, f"a.{suffix}", columns={"id": ""})
    for other in ("csv", "xlsx", "jsonl"):
        if suffix == "jsonl":
            with pytest.raises(TableError, match="has a column 'analysis' already") if other == "jsonl" else _nothing():
                run(tmp_path / "a.jsonl", f"b.{other}", columns={"id": ""}, overwrite=True)
        else:
            with pytest.raises(TableError, match="'appeal_type' already") if other != "jsonl" else _nothing():
                run(tmp_path / f"a.{suffix}", f"b.{other}", overwrite=True)


def _nothing():
    import contextlib

    return contextlib.nullcontext()


def test_xlsx_out(table, run, tmp_path):
    run(table, "out.xlsx")
    row = read_xlsx(tmp_path / "out.xlsx")[0]
    assert (row["编号"], row["appeal_type_confidence"], row["appeal_headcount"]) == ("1", 0.9321, 12)
    assert row["appeal_review"] is True


def test_the_contract_of_jsonl(write, run, tmp_path):
    path = write("in.jsonl", '{"id": 7, "title": "停水", "text": "三天了"}\n{"text": "好"}\n')
    run(path, "out.jsonl")
    first, second = read_jsonl(tmp_path / "out.jsonl")
    expected = analysis_of(Appeal("三天了", "停水")).to_dict()
    assert first == {"id": 7, "analysis": expected}
    assert second["id"] is None
    run(path, "scored.jsonl", scores=True)
    assert read_jsonl(tmp_path / "scored.jsonl")[0]["analysis"]["scores"] == {"type": {"complaint": 0.9321}}


def test_jsonl_without_id_keeps_the_record(write, run, tmp_path):
    run(write("in.jsonl", '{"text": "好", "extra": [1]}\n'), "out.jsonl")
    assert list(read_jsonl(tmp_path / "out.jsonl")[0]) == ["text", "extra", "analysis"]


def test_jsonl_to_csv_has_every_column(write, run, tmp_path):
    run(write("in.jsonl", '{"text": "好"}\n' * 300 + '{"text": "好", "late": {"a": 1}}\n'))
    assert read_csv(tmp_path / "out.csv")[-1]["late"] == '{"a": 1}'


def test_parquet_to_parquet_keeps_types(tmp_path, run):
    polars = pytest.importorskip("polars")
    polars.DataFrame({"id": [1, 2], "text": ["停水", ""]}).write_parquet(tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", "out.parquet")
    out = polars.read_parquet(tmp_path / "out.parquet")
    assert (out["id"].dtype, out["appeal_headcount"].to_list()) == (polars.Int64, [12])


BAD_ROWS = (
    '{"id": 1, "text": "好"}\n'
    '{"id": 2, "text": ""}\n'
    '{"id": 3, "text": ["错"]}\n'
    "{broken\n"
    '{"id": 5, "text": "机密内容会崩溃"}\n'
    '{"id": 6, "text": "请拒绝"}\n'
    '{"id": 7, "title": "无"}\n'
    '{"id": 8, "text": "' + "长" * 200_001 + '"}\n'
    '{"id": 9, "text": "好"}\n'
)


def test_rejects(write, run, tmp_path):
    report = run(write("in.jsonl", BAD_ROWS), "out.jsonl")
    assert (report.rows_in, report.rows_out, report.rejects) == (9, 3, 6)
    assert report.rejects_file == tmp_path / "out.jsonl.rejects.jsonl"
    rejects = read_jsonl(report.rejects_file)
    assert [(item["line"], item["id"]) for item in rejects] == [(2, 2), (3, 3), (4, None), (5, 5), (6, 6), (8, 8)]
    reasons = {item["line"]: item["reason"] for item in rejects}
    assert reasons[5] == "the analysis failed (RuntimeError); report it as a fault of appealnlp"
    assert reasons[6] == "refused by the fake"
    assert "200001" in reasons[8]
    assert not any(word in json.dumps(rejects, ensure_ascii=False) for word in ("机密", "长长", "错"))


def test_a_sink_may_refuse_a_row(write, run, tmp_path):
    report = run(
        write("in.jsonl", json.dumps({"id": 1, "text": "长" * 40_000}) + '\n{"id": 2, "text": "好"}'), "o.xlsx"
    )
    assert (report.rows_in, report.rows_out, report.rejects) == (2, 1, 1)
    assert [row["id"] for row in read_xlsx(tmp_path / "o.xlsx")] == [2]


def test_rejects_of_an_earlier_run_go(write, run, tmp_path):
    run(write("in.jsonl", BAD_ROWS), "out.jsonl")
    run(write("in.jsonl", '{"id": 1, "text": "好"}'), "out.jsonl", overwrite=True)
    assert not (tmp_path / "out.jsonl.rejects.jsonl").exists()


def test_header_alone(write, run, tmp_path):
    report = run(write("in.csv", "编号,内容\n"))
    assert (report.rows_in, report.rows_out) == (0, 0)
    assert (tmp_path / "out.csv").read_text("utf-8-sig").startswith("编号,内容,appeal_type,")


def test_faulty_pipe_loses_no_row(table, run):
    assert run(table, factory=DoublingAnalyzer).rows_out == 2


def test_counts_are_checked(table, run, tmp_path, monkeypatch):
    monkeypatch.setattr(job.Job, "_put", lambda self, row, kept: None)
    with pytest.raises(AppealError, match="2 rows in, 0 out and 0 rejected do not agree"):
        run(table)
    assert os.listdir(tmp_path) == ["in.csv"]


REFUSED = [
    ("in.csv", {"overwrite": True}, "input and output are the same file"),
    ("link.csv", {"overwrite": True}, "input and output are the same file"),
    ("none/out.csv", {}, "no folder"),
    ("old.csv", {}, r"old\.csv: is there already; give another output, or --overwrite"),
    ("folder.csv", {"overwrite": True}, "is no regular file"),
    ("out.docx", {}, "no table format"),
    ("out.csv", {"scores": True}, "columns cannot hold the scores"),
    ("out.csv", {"workers": 0}, "workers is 0"),
    ("out.csv", {"columns": {"text": "正文"}}, "no column '正文'"),
]


@pytest.mark.parametrize(("name", "options", "says"), REFUSED)
def test_refused(table, run, tmp_path, name, options, says):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(table)
    with pytest.raises(InputError, match=says):
        run(table, name, **options)
    assert table.read_text() == TABLE
    assert (tmp_path / "old.csv").read_text() == "old"
    assert not leftovers(tmp_path)


def test_overwrite_keeps_mode_and_link(table, run, tmp_path):
    old = tmp_path / "old.csv"
    old.write_text("old")
    old.chmod(0o640)
    (tmp_path / "out.csv").symlink_to(old)
    run(table, overwrite=True)
    assert (tmp_path / "out.csv").is_symlink()
    assert old.stat().st_mode & 0o777 == 0o640
    assert old.read_text("utf-8-sig").startswith("编号")


class FullDisk(CsvSink):
    def write(self, values):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _full_fsync(handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(params=["write", "fsync"])
def full_disk(request, monkeypatch):
    if request.param == "write":
        monkeypatch.setattr(CsvSink, "write", FullDisk.write)
    else:
        monkeypatch.setattr(draft.os, "fsync", _full_fsync)


def test_full_disk_leaves_the_old_file(full_disk, table, run, tmp_path):
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(TableError, match=r"out\.csv: the disk is full; free some space .*nothing was changed"):
        run(table, overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["in.csv", "out.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_really_full_disk(table, run, tmp_path, monkeypatch):
    real = Path.open

    def open_(self, mode="r", *args, **options):
        return real(Path("/dev/full"), "wb") if mode == "xb" else real(self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", open_)
    with pytest.raises(TableError, match="the disk is full"):
        run(table)
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.jsonl", "out.parquet"])
def test_interrupt_leaves_nothing(write, run, tmp_path, name):
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    path = write("in.jsonl", '{"text": "好"}\n' * 250 + '{"text": "中断"}\n')
    with pytest.raises(KeyboardInterrupt):
        run(path, name)
    assert os.listdir(tmp_path) == ["in.jsonl"]


def test_model_that_cannot_be_loaded(table, run, tmp_path):
    with pytest.raises(ModelError, match="no model here"):
        run(table, factory=broken)
    assert os.listdir(tmp_path) == ["in.csv"]


def test_unwritable_folder(table, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "open", _denied(Path.open))
    with pytest.raises(TableError, match=r"cannot be written \(Permission denied\)"):
        tag(table, tmp_path / "out.csv", analyzer_factory=make)


def _denied(real):
    def open_(self, mode="r", *args, **options):
        if mode == "xb":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, mode, *args, **options)

    return open_


def test_progress_is_told(write, tmp_path):
    path = write("in.csv", "text\n" + "好\n" * 250)
    told = []
    tag(path, tmp_path / "out.csv", analyzer_factory=make, progress=lambda rows, share: told.append((rows, share)))
    assert [rows for rows, _ in told] == [100, 100, 50]
    assert told[-1][1] == 1.0


def many(write, count: int) -> Path:
    return write("many.jsonl", "".join(f'{{"id": {i}, "text": "第{i}件"}}\n' for i in range(count)))


def test_workers_keep_order_and_number(write, run, tmp_path):
    report = run(many(write, 1050), "out.jsonl", workers=2)
    assert report.rows_out == 1050
    assert [row["id"] for row in read_jsonl(tmp_path / "out.jsonl")] == list(range(1050))


def test_workers_that_cannot_load(write, run, tmp_path):
    with pytest.raises(ModelError, match="no model here"):
        run(many(write, 300), "out.jsonl", factory=broken, workers=2)
    assert os.listdir(tmp_path) == ["many.jsonl"]


def die() -> None:
    os._exit(3)


def test_a_worker_that_dies(write, run, tmp_path):
    with pytest.raises(AppealError, match="a worker process died"):
        run(many(write, 300), "out.jsonl", factory=die, workers=2)
    assert os.listdir(tmp_path) == ["many.jsonl"]


@pytest.mark.parametrize(("rows", "workers", "expected"), [(10, None, 1), (3000, None, 4), (10, 3, 3), (3000, 1, 1)])
def test_how_many_workers(write, run, monkeypatch, rows, workers, expected):
    asked = []
    monkeypatch.setattr(job.os, "cpu_count", lambda: 4)
    real = job.runner
    monkeypatch.setattr(job, "runner", lambda f, k, n: asked.append(n) or real(f, k, 1))
    run(many(write, rows), "out.jsonl", workers=workers)
    assert asked == [expected]


def test_workers_read_ahead_is_bounded():
    read = []

    def chunks():
        for i in range(40):
            read.append(i)
            yield job.Chunk(appeals=[Appeal("好")])

    runs = Workers(make, Flat().keep, 2)(chunks())
    next(runs)
    assert len(read) <= 6
    runs.close()


SCRIPT = """
import sys; sys.path[:0] = {paths!r}
from batch.fake_analyzer import make
from appealnlp.batch import TagOptions, tag
if __name__ == "__main__":
    tag({source!r}, {target!r}, analyzer_factory=make, options=TagOptions(workers={workers}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_in_the_middle(write, tmp_path, workers):
    source = write("slow.jsonl", '{"text": "很慢"}\n' * 1000)
    paths = [str(ROOT), str(ROOT / "tests")]
    script = write(
        "job.py", SCRIPT.format(paths=paths, source=str(source), target=str(tmp_path / "o.csv"), workers=workers)
    )
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 20
    while not leftovers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    assert leftovers(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert sorted(os.listdir(tmp_path)) == ["job.py", "slow.jsonl"]


def test_a_killed_job_leaves_no_output(write, tmp_path):
    source = write("slow.jsonl", '{"text": "很慢"}\n' * 1000)
    (tmp_path / "o.csv").write_text("old")
    paths = [str(ROOT), str(ROOT / "tests")]
    text = SCRIPT.format(paths=paths, source=str(source), target=str(tmp_path / "o.csv"), workers=1)
    script = write("job.py", text.replace("workers=1", "workers=1, overwrite=True"))
    process = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 20
    while not leftovers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert (tmp_path / "o.csv").read_text() == "old"


def test_constant_memory(write, tmp_path):
    import tracemalloc

    path = write("big.csv", "text\n" + ("停水" * 500 + "\n") * 8000)  # 24 MB of UTF-8, 16 MB in memory
    tracemalloc.start()
    try:
        tag(path, tmp_path / "out.csv", analyzer_factory=make, options=TagOptions(columns={"text": "text"}))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000


def test_rows_are_put_aside_with_their_ids():
    roles = job.Roles("text", id="id")
    rows = [Row(2, {"id": "a", "text": "好"}), BadRow(3, "bad"), Row(4, {"id": "c", "text": " "})]
    chunk = job.chunk_of(rows, roles)
    assert (chunk.read, len(chunk.rows), len(chunk.appeals)) == (3, 1, 1)
    assert [(bad.number, bad.id) for bad in chunk.bad] == [(3, None), (4, "c")]


def test_separators_are_no_part_of_codes():
    from appealnlp.schemes import shipped

    scheme = shipped()
    codes = [*scheme.types, *scheme.flags, *scheme.departments, *scheme.urgencies]
    assert not any(layout.CODES in code for code in codes)
    assert fake_analyzer.make().pipe([])
