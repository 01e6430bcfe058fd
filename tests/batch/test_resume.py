"""A job survives: whatever ends a run, the next one ends with the same bytes, and does again one chunk at most."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from appealnlp.batch import TagOptions, tag
from appealnlp.batch.csvfile import CsvSink
from appealnlp.batch.draft import Draft
from appealnlp.batch.journal import Journal, decoded, differences, encoded, job_folder
from appealnlp.batch.lock import Lock, Refused
from appealnlp.batch.workers import Refusal
from appealnlp.errors import AppealError, TableError
from batch import crashes, fake_analyzer
from batch.conftest import leftovers, read_jsonl
from batch.crashes import CountingAnalyzer, worked
from batch.fake_analyzer import FakeAnalyzer, make

ROOT = Path(__file__).resolve().parents[2]
SAVED = 10
BAD = {7: "", 23: "请拒绝", 31: "会崩溃"}
FORMATS = ["csv", "jsonl", "xlsx"]
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def lines(count: int) -> str:
    texts = (BAD.get(i, f'=第{i}件，停水""，电话1390000{i:04}') for i in range(count))
    return "编号,内容,备注\n" + "".join(f'{i},"{text}",-{i}\n' for i, text in enumerate(texts))


@pytest.fixture
def table(write) -> Path:
    return write("in.csv", lines(45))


class Trial:
    """One table tagged again and again to the same place; ``whole`` is what an uninterrupted run writes."""

    def __init__(self, table: Path, folder: Path, suffix: str) -> None:
        self.table, self.folder, self.suffix = table, folder, suffix
        self.count = folder / "count"
        self.whole = self.bytes_of(self.run("whole"), "whole")
        self.work = worked(self.count)

    def run(self, name: str, factory=None, **options):
        made = factory or partial(CountingAnalyzer, self.count)
        given = TagOptions(saved_rows=SAVED, **options)
        return tag(self.table, self.folder / f"{name}.{self.suffix}", analyzer_factory=made, options=given)

    def bytes_of(self, report, name: str) -> tuple[bytes, bytes]:
        path = self.folder / f"{name}.{self.suffix}"
        return path.read_bytes(), Path(f"{path}.rejects.jsonl").read_bytes()

    def again(self, name: str = "out") -> None:
        """Resume, check the bytes, remove them."""
        path = self.folder / f"{name}.{self.suffix}"
        if not path.exists() or job_folder(path).exists():
            report = self.run(name, resume=True)
            assert (report.rows_in, report.rows_out, report.rejects) == (45, 42, 3)
        assert self.bytes_of(None, name) == self.whole
        assert not leftovers(self.folder)
        path.unlink()
        Path(f"{path}.rejects.jsonl").unlink()


@pytest.fixture(params=FORMATS)
def trial(request, table, tmp_path) -> Trial:
    return Trial(table, tmp_path, request.param)


def test_the_same_run_gives_the_same_bytes(trial, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    trial.run("out")
    assert trial.bytes_of(None, "out") == trial.whole


@posix
def test_killed_before_each_call_to_the_system(trial):
    calls = crashes.calls_of(partial(trial.run, "probe"))
    assert {"write", "fsync", "replace", "mkdir"} <= set(calls)
    assert calls.count("fsync") >= 2 * 4 + 4  # each chunk and its folder; the drafts and theirs
    worked(trial.count)
    for place in crashes.lasting(calls):
        assert crashes.killed_at(place, partial(trial.run, "out")), place
        trial.again()
        assert worked(trial.count) <= trial.work + SAVED, place


def test_what_is_renamed_lies_on_the_disk(trial):
    """No kill shows what a loss of power would: the order of the calls does."""
    calls = crashes.calls_of(partial(trial.run, "probe"))
    renamed = [place for place, name in enumerate(calls) if name == "replace"]
    *small, rejects, output, _folder = renamed
    assert len(small) == 1 + 4 + 1  # manifest, chunks, mark
    for place in small:
        assert calls[place - 2 : place] == ["fsync", "close"]
    mark = small[-1]
    assert calls[mark - 5 : mark - 2] == ["fsync", "fsync", "open"]  # both drafts, before the mark
    for place in (*small, rejects, output):
        assert calls[place + 1 : place + 4] == ["open", "fsync", "close"]


@posix
def test_killed_in_the_middle_of_each_write(trial):
    calls = crashes.calls_of(partial(trial.run, "probe"))
    worked(trial.count)
    for place in [place for place, name in enumerate(calls) if name == "write"]:
        assert crashes.killed_at(place, partial(trial.run, "out"), half=True)
        trial.again()
        assert worked(trial.count) <= trial.work + SAVED


@posix
def test_killed_while_it_resumes(trial):
    """Every run is killed a few calls further on than the one before."""
    place = 12
    while crashes.killed_at(place, partial(trial.run, "out", resume=True)):
        place += 5
        assert place < 1000
    assert trial.bytes_of(None, "out") == trial.whole


def test_disk_full_from_each_call_on(trial):
    calls = crashes.calls_of(partial(trial.run, "probe"))
    worked(trial.count)
    for place in crashes.lasting(calls):
        with suppress(TableError), crashes.watched(crashes.failing_at(place)):
            trial.run("out")
        trial.again()
        assert worked(trial.count) <= trial.work + SAVED, place


def test_full_disk_while_rows_are_written(table, tmp_path, monkeypatch):
    trial = Trial(table, tmp_path, "csv")
    real, left = CsvSink.write, [25]

    def write(self, values):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(self, values)

    monkeypatch.setattr(CsvSink, "write", write)
    with pytest.raises(TableError, match="disk is full") as caught:
        trial.run("out")
    assert "--resume" in caught.value.__notes__[0]
    monkeypatch.undo()
    trial.again()


SCRIPT = """
import sys; sys.path[:0] = {paths!r}
import functools, pathlib, time
from batch.crashes import CountingAnalyzer
from appealnlp.batch import TagOptions, identity, tag
identity.library_data = lambda: "data"  # so that these tests may run while somebody edits the rules
class Slow(CountingAnalyzer):
    def __call__(self, appeal):
        time.sleep(0.004)
        return super().__call__(appeal)
if __name__ == "__main__":
    tag({source!r}, {target!r}, analyzer_factory=functools.partial(Slow, pathlib.Path({count!r})),
        options=TagOptions(saved_rows=20, workers={workers}, resume=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("suffix", "workers", "seed"), [("csv", 1, 1), ("jsonl", 2, 2), ("xlsx", 1, 3)])
def test_killed_at_random_points(write, tmp_path, suffix, workers, seed):
    source, target = write("in.csv", lines(400)), tmp_path / f"out.{suffix}"
    given = TagOptions(saved_rows=20)
    tag(source, tmp_path / f"whole.{suffix}", analyzer_factory=make, options=given)
    paths = [str(ROOT), str(ROOT / "tests")]
    text = SCRIPT.format(
        paths=paths, source=str(source), target=str(target), count=str(tmp_path / "count"), workers=workers
    )
    script = write("job.py", text)
    kills = _kill_until_done([sys.executable, str(script)], target, random.Random(seed))
    assert kills >= 1
    assert target.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    rejects = [Path(f"{tmp_path / name}.{suffix}.rejects.jsonl").read_bytes() for name in ("out", "whole")]
    assert rejects[0] == rejects[1]
    assert worked(tmp_path / "count") <= 399 + kills * 20 * (workers * 2 + 1)
    assert not leftovers(tmp_path)


def _kill_until_done(command: list[str], target: Path, chance: random.Random) -> int:
    """Kill each run some time after it has begun to work; how often that was."""
    kills = 0
    while True:
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            before = len(list(job_folder(target).glob("*.chunk")))
            while process.poll() is None and len(list(job_folder(target).glob("*.chunk"))) <= before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
            process.wait(timeout=30)
            if process.returncode == 0:
                return kills
            assert process.returncode == -signal.SIGKILL, process.stderr.read()
        kills += 1
        if target.exists() and not job_folder(target).exists():
            return kills  # it was done, and killed on its way out


def interrupted(trial: Trial, name: str = "out", **options) -> None:
    """A run that ends after two chunks are saved."""
    with pytest.raises(KeyboardInterrupt):
        trial.run(name, factory=Interrupted, **options)


class Interrupted(FakeAnalyzer):
    def __call__(self, appeal):
        if "第25件" in appeal.content:
            raise KeyboardInterrupt
        return super().__call__(appeal)


@pytest.fixture
def one(table, tmp_path) -> Trial:
    return Trial(table, tmp_path, "csv")


def test_a_resumed_run_says_what_it_took_over(one):
    interrupted(one)
    report = one.run("out", resume=True)
    assert report.resumed == 20
    assert worked(one.count) < one.work - 15
    assert report.rows_in == report.rows_out + report.rejects == 45


def test_progress_begins_with_what_was_done(one, tmp_path):
    interrupted(one)
    told = []
    options = TagOptions(saved_rows=SAVED, resume=True)
    tag(one.table, tmp_path / "out.csv", analyzer_factory=make, options=options, progress=lambda *a: told.append(a))
    assert [rows for rows, _ in told] == [0, 10, 10, 5]


def test_resume_without_an_interrupted_run_begins(one):
    one.run("out", resume=True)
    assert one.bytes_of(None, "out") == one.whole
    with pytest.raises(TableError, match="is there already"):
        one.run("out", resume=True)


def test_an_interrupted_run_is_not_given_up_by_chance(one):
    interrupted(one)
    with pytest.raises(Refused, match=r"out\.csv: an interrupted run .*--resume, or begin anew with --overwrite"):
        one.run("out")
    one.run("out", overwrite=True)
    assert worked(one.count) == one.work
    one.again()


def test_overwrite_need_not_be_said_again(one, tmp_path):
    (tmp_path / "out.csv").write_text("old")
    interrupted(one, overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "old"
    one.run("out", resume=True)
    assert one.bytes_of(None, "out") == one.whole


@posix
def test_overwriting_is_remembered_through_two_kills(one, tmp_path):
    """Also where nothing was saved yet, or the rejects were in place already."""
    job, out = job_folder(tmp_path / "out.csv"), tmp_path / "out.csv"
    calls = crashes.calls_of(partial(one.run, "probe"))
    for place in crashes.lasting(calls)[::3]:
        out.write_text("old")
        crashes.killed_at(place, partial(one.run, "out", overwrite=True))
        if (job / "job.json").exists():  # else it had not begun, or was done
            crashes.killed_at(place % 17 + 3, partial(one.run, "out", resume=True))
        if (job / "job.json").exists():
            one.run("out", resume=True)
            assert one.bytes_of(None, "out") == one.whole, place
        shutil.rmtree(job, ignore_errors=True)


class Newer(FakeAnalyzer):
    """Another model under another policy."""

    def __call__(self, appeal):
        analysis = super().__call__(appeal)
        return replace(analysis, model={"name": "fake", "version": "1"}, replay={"policy": "foshan@2", "salt": "x"})


CHANGES = [
    ({"factory": Newer}, ["analyzer.model.version was 0 and is 1", "analyzer.policy was nothing and is foshan@2"]),
    ({"names": True}, ["options.names was False and is True"]),
    ({"keep": ("备注",)}, ["options.keep was nothing and is ['备注']"]),
    ({"columns": {"id": ""}}, ["columns.id was 编号 and is nothing"]),
]


@pytest.mark.parametrize(("options", "says"), CHANGES)
def test_what_changed_is_said(one, options, says):
    interrupted(one)
    with pytest.raises(Refused) as caught:
        one.run("out", resume=True, **options)
    assert all(words in str(caught.value) for words in says), str(caught.value)
    assert "salt" not in str(caught.value)
    assert "or begin anew with --overwrite" in str(caught.value)
    one.again()  # nothing was lost by asking


def test_a_changed_table_is_refused_and_its_return_accepted(one):
    old = one.table.read_text()
    interrupted(one)
    one.table.write_text(old.replace("第40件", "第四十件"))
    with pytest.raises(Refused, match=r"input\.sha256 was .*; input\.size was \d+ and is \d+"):
        one.run("out", resume=True)
    one.table.write_text(old)
    one.again()


def test_rules_of_the_library_count(one, monkeypatch):
    interrupted(one)
    monkeypatch.setattr("appealnlp.batch.identity.library_data", lambda: "other rules")
    with pytest.raises(Refused, match=r"analyzer\.data was \w+… and is other rules"):
        one.run("out", resume=True)


def test_a_table_that_is_written_to_while_it_is_read(one, tmp_path):
    class Writing(FakeAnalyzer):
        def __call__(self, appeal):
            if "第25件" in appeal.content:
                one.table.write_text(one.table.read_text() + "45,新,\n")
            return super().__call__(appeal)

    with pytest.raises(TableError, match="input was written to while it was read; run it again"):
        one.run("out", factory=Writing)
    assert not (tmp_path / "out.csv").exists()
    assert not leftovers(tmp_path)


def test_two_runs_refuse_each_other(one, tmp_path):
    interrupted(one)
    lock = Lock.take(job_folder(tmp_path / "out.csv") / "lock", "out")
    for options in ({"resume": True}, {"overwrite": True}, {}):
        with pytest.raises(Refused, match=rf"out\.csv: another run \(process {os.getpid()} on .*\) is writing it"):
            one.run("out", **options)
    lock.release()
    one.again()


def test_two_processes_refuse_each_other(write, tmp_path):
    source, target = write("in.csv", lines(400)), tmp_path / "out.csv"
    paths = [str(ROOT), str(ROOT / "tests")]
    text = SCRIPT.format(paths=paths, source=str(source), target=str(target), count=str(tmp_path / "c"), workers=1)
    with subprocess.Popen([sys.executable, str(write("job.py", text))]) as process:
        limit = time.monotonic() + 20
        while not list(job_folder(target).glob("*.chunk")) and time.monotonic() < limit:
            time.sleep(0.01)
        with pytest.raises(Refused, match=rf"process {process.pid} on"):
            tag(source, target, analyzer_factory=make, options=TagOptions(saved_rows=20, resume=True))
        process.wait(timeout=30)
    assert process.returncode == 0


def test_a_stale_lock_holds_nobody(one, tmp_path):
    interrupted(one)
    lock = job_folder(tmp_path / "out.csv") / "lock"
    for content in ('{"pid": 999999999, "host": "elsewhere"}', f'{{"pid": {os.getppid()}}}', "", "torn {"):
        lock.write_text(content)
        Lock.take(lock, "out").release()
    one.again()


def test_a_lock_whose_folder_goes_is_made_anew(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    first = Lock.take(folder / "lock", "x")
    folder.rename(tmp_path / "gone")
    folder.mkdir()
    second = Lock.take(folder / "lock", "x")
    first.release()
    with pytest.raises(Refused):
        Lock.take(folder / "lock", "x")
    second.release()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("harm", [_truncate, _flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_torn_chunk_is_done_again(one, tmp_path, number, harm):
    interrupted(one)
    harm(job_folder(tmp_path / "out.csv") / f"{number:06}.chunk")
    assert one.run("out", resume=True).resumed == (number - 1) * SAVED
    assert one.bytes_of(None, "out") == one.whole


@pytest.mark.parametrize("content", ["", "{", '{"identity": {}}', "[]"])
def test_a_torn_manifest_is_refused(one, tmp_path, content):
    interrupted(one)
    (job_folder(tmp_path / "out.csv") / "job.json").write_text(content)
    with pytest.raises(Refused, match=r"cannot go on, since .*begin anew with --overwrite"):
        one.run("out", resume=True)


def test_the_job_is_private(one, tmp_path):
    interrupted(one)
    folder = job_folder(tmp_path / "out.csv")
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.chunk"))
    manifest = json.loads((folder / "job.json").read_text("utf-8"))
    assert manifest["identity"]["input"]["size"] == one.table.stat().st_size
    assert manifest["identity"]["analyzer"]["model"] == {"name": "fake", "version": "0", "tier": None, "files": None}


def test_saved_rows_must_be_some(one):
    with pytest.raises(AppealError, match="saved_rows is 0; give 1 or more"):
        tag(one.table, "x.csv", options=TagOptions(saved_rows=0))


def test_chunks_of_bad_rows_alone(write, tmp_path):
    source = write("in.jsonl", "{broken\n" * 25 + '{"id": 1, "text": "中断"}\n')
    options = TagOptions(saved_rows=SAVED)
    with pytest.raises(KeyboardInterrupt):
        tag(source, tmp_path / "out.jsonl", analyzer_factory=make, options=options)
    source.write_text(source.read_text())
    report = tag(source, tmp_path / "out.jsonl", analyzer_factory=Lenient, options=replace(options, resume=True))
    assert (report.rows_in, report.rows_out, report.rejects, report.resumed) == (26, 1, 25, 20)


class Lenient(FakeAnalyzer):
    def __call__(self, appeal):
        return fake_analyzer.analysis_of(appeal)


def test_parquet_resumes(write, tmp_path):
    polars = pytest.importorskip("polars")
    table = pytest.importorskip("pyarrow") and write("in.csv", lines(45))
    polars.read_csv(table).write_parquet(tmp_path / "in.parquet")
    trial = Trial(tmp_path / "in.parquet", tmp_path, "parquet")
    interrupted(trial)
    trial.again()


def test_a_journal_that_saves_nothing_goes(tmp_path):
    with Journal("out", tmp_path / ".out.part") as journal:
        journal.begin({"input": 1}, resume=False, overwrite=False)
    assert not list(tmp_path.iterdir())


def test_what_a_crash_while_tidying_left_goes(tmp_path):
    (tmp_path / ".out.part.gone").mkdir()
    (tmp_path / ".out.part.gone" / "000001.chunk").touch()
    with Journal("out", tmp_path / ".out.part") as journal:
        journal.close()
    assert not list(tmp_path.iterdir())


def test_outcomes_come_back_as_they_were():
    for outcome in ({"a": 0.1 + 0.2, "b": None, "c": ["好", "\ud800"], "d": True}, Refusal("why\nnot")):
        assert b"\n" not in encoded(outcome)
        assert decoded(encoded(outcome)) == outcome


def test_differences_in_words():
    old = {"a": 1, "b": {"c": "x" * 64, "d": 1}}
    new = {"a": 1, "b": {"c": "y" * 64}, "e": 2}
    assert differences(old, new) == [
        f"b.c was {'x' * 24}… and is {'y' * 24}…",
        "b.d was 1 and is nothing",
        "e was nothing and is 2",
    ]


def test_a_draft_in_a_folder_replaces_what_a_crash_left(tmp_path):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "draft.csv").write_text("torn")
    with Draft(tmp_path / "out.csv", tmp_path / "job") as draft:
        draft.file.write(b"whole")
        draft.commit()
    assert (tmp_path / "out.csv").read_bytes() == b"whole"


def test_rejects_are_the_same(one):
    interrupted(one)
    one.run("out", resume=True)
    rejects = read_jsonl(one.folder / "out.csv.rejects.jsonl")
    assert [item["id"] for item in rejects] == [str(number) for number in BAD]
