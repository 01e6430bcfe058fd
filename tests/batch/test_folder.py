"""A folder of tables: mirrored, summed up, resumed; one bad file keeps no other from being tagged."""

from __future__ import annotations

import errno
import json
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from appealnlp.batch import TagOptions, tag_folder
from appealnlp.batch.folder import Once
from appealnlp.batch.journal import job_folder
from appealnlp.batch.lock import Lock, Refused
from appealnlp.batch.summary import folder_summary
from appealnlp.errors import ModelError, TableError
from batch import crashes
from batch.conftest import read_csv, read_jsonl
from batch.crashes import CountingAnalyzer, worked
from batch.fake_analyzer import FakeAnalyzer, broken, make


def table(path: Path, count: int = 3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"id": i, "text": f"{path.stem}第{i}件"}) + "\n" for i in range(count)))
    else:
        path.write_text("编号,内容\n" + "".join(f"{i},{path.stem}第{i}件\n" for i in range(count)))
    return path


@pytest.fixture
def tables(tmp_path) -> Path:
    folder = tmp_path / "in"
    table(folder / "a.csv", 25)
    table(folder / "2024" / "b.csv", 25)
    table(folder / "2024" / "五月" / "c.jsonl", 25)
    return folder


@pytest.fixture
def go(tables, tmp_path):
    def go_(factory=None, **options):
        made = factory or partial(CountingAnalyzer, tmp_path / "count")
        return tag_folder(tables, tmp_path / "out", analyzer_factory=made, options=TagOptions(saved_rows=10, **options))

    return go_


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_outputs_mirror_inputs(tables, go, tmp_path):
    report = go()
    out = tmp_path / "out"
    assert sorted(files_of(out)) == ["2024/b.csv", "2024/五月/c.jsonl", "a.csv"]
    assert read_csv(out / "a.csv")[24]["内容"] == "a第24件"
    assert read_jsonl(out / "2024" / "五月" / "c.jsonl")[3]["id"] == 3
    assert (report.rows_in, report.rows_out, report.rejects, report.resumed) == (75, 75, 0, 0)
    assert [file.source.name for file in report.files] == ["b.csv", "c.jsonl", "a.csv"]
    assert sorted(os.listdir(tmp_path)) == ["count", "in", "out"]


def test_what_is_no_table_is_named_and_bad_ones_fail_alone(tables, go, tmp_path):
    for name in ("old.xls", "brief.docx", ".hidden.csv", "~$open.xlsx", "a.csv.rejects.jsonl"):
        (tables / name).write_text("x")
    (tables / "broken.xlsx").write_text("x")
    (tables / "empty.csv").write_text("")
    report = go()
    assert [path.name for path in report.skipped] == ["brief.docx", "old.xls"]
    assert [file.source.name for file in report.failed] == ["broken.xlsx", "empty.csv"]
    assert report.rows_out == 75
    said = folder_summary(report, "out")
    assert f"{tmp_path / 'out' / 'empty.csv'}: ✗ {tables / 'empty.csv'}: is empty" in said
    assert said.endswith("out: 3 个文件 files, 75 行 in = 75 out + 0 rejects; 2 个失败 failed, 2 个跳过 skipped")


def test_a_mended_file_is_done_alone(tables, go, tmp_path):
    (tables / "bad.csv").write_text("")
    go()
    worked(tmp_path / "count")
    table(tables / "bad.csv")
    report = go(resume=True)
    assert worked(tmp_path / "count") == 3
    assert (report.rows_in, report.rows_out, report.resumed, report.failed) == (78, 78, 75, ())
    assert not job_folder(tmp_path / "out").exists()


class Stopping(FakeAnalyzer):
    """Stopped in the middle of the second file."""

    def __call__(self, appeal):
        if "c第15件" in appeal.content:
            raise KeyboardInterrupt
        return super().__call__(appeal)


def test_resume(tables, go, tmp_path):
    go()
    whole = files_of(tmp_path / "out")
    worked(tmp_path / "count")
    with pytest.raises(KeyboardInterrupt):
        go(Stopping, overwrite=True)
    report = go(resume=True)
    assert files_of(tmp_path / "out") == whole
    assert worked(tmp_path / "count") == 15 + 25
    assert (report.rows_in, report.resumed) == (75, 35)
    assert sorted(os.listdir(tmp_path)) == ["in", "out"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_many_points(tables, go, tmp_path):
    go()
    whole, work = files_of(tmp_path / "out"), worked(tmp_path / "count")
    calls = crashes.calls_of(partial(go, overwrite=True))
    worked(tmp_path / "count")
    for place in crashes.lasting(calls)[::5]:
        shutil.rmtree(tmp_path / "out")
        assert crashes.killed_at(place, go), place
        if not (tmp_path / "out").exists() or files_of(tmp_path / "out") != whole:
            assert go(resume=True).rows_in == 75
        assert files_of(tmp_path / "out") == whole
        assert worked(tmp_path / "count") <= work + 10, place
        shutil.rmtree(job_folder(tmp_path / "out"), ignore_errors=True)  # where all was done but this


def test_a_fresh_start_is_asked_for(go, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        go(Stopping)
    with pytest.raises(Refused, match=r"out: an interrupted run has finished 1 files of it; go on with --resume"):
        go()
    assert go(overwrite=True).resumed == 0


@pytest.mark.parametrize("name", ["2024/b.csv", "2024/五月/c.jsonl"])
def test_changed_files_refuse(tables, go, name):
    with pytest.raises(KeyboardInterrupt):
        go(Stopping)
    table(tables / name, 24)
    with pytest.raises(Refused, match=r"input\.sha256 was .* and is"):
        go(resume=True)


def test_a_finished_output_that_is_gone_is_made_anew(go, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        go(Stopping)
    (tmp_path / "out" / "2024" / "b.csv").unlink()
    assert go(resume=True).rows_out == 75
    assert (tmp_path / "out" / "2024" / "b.csv").exists()


def test_outputs_that_are_there_stay(go, tmp_path):
    go()
    report = go()
    assert len(report.failed) == 3
    assert "is there already" in report.failed[0].problem


def test_two_runs_refuse_each_other(go, tmp_path):
    state = job_folder(tmp_path / "out")
    state.mkdir()
    lock = Lock.take(state / "lock", "out")
    with pytest.raises(Refused, match="another run"):
        go(resume=True)
    lock.release()
    assert go(resume=True).rows_out == 75


def test_a_full_disk_ends_it(go, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("appealnlp.batch.storage.os.fsync", full)
    with pytest.raises(TableError, match="disk is full"):
        go()


def test_a_model_that_cannot_be_loaded_ends_it(go):
    with pytest.raises(ModelError):
        go(broken)


REFUSED = [
    ("in", "in", "lies in the folder that is read"),
    ("in", "in/out", "lies in the folder that is read"),
    ("in", "none/out", "no folder"),
    ("in", "in/a.csv", "is a file; the tables of a folder go to a folder"),
    ("none", "out", "is no folder"),
    ("empty", "out", "holds no table"),
]


@pytest.mark.parametrize(("source", "target", "says"), REFUSED)
def test_refused(tables, tmp_path, source, target, says):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match=says):
        tag_folder(tmp_path / source, tmp_path / target, analyzer_factory=make)


def test_one_analyzer_for_all(go):
    made = []
    go(lambda: made.append(1) or FakeAnalyzer())
    assert made == [1]


def test_once_travels_without_what_it_made():
    import pickle

    once = Once(make)
    once()
    assert isinstance(pickle.loads(pickle.dumps(once))(), FakeAnalyzer)
