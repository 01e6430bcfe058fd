"""The command line: what it prints, how it fails, how fast it starts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer

from appealnlp import cli
from appealnlp.console import doctor, plugins
from appealnlp.errors import MissingExtra, ModelError
from batch.fake_analyzer import make

ROOT = Path(__file__).resolve().parent.parent
TEXT = "小区停水三天，电话13900001234"


@pytest.fixture
def call(call, monkeypatch):
    """Run the command line in this process with the fake analyzer."""
    monkeypatch.setattr(cli, "_analyzer", make)
    return call


def start(*args: object, stdin: bytes = b"", **options) -> subprocess.CompletedProcess[bytes]:
    """Run it as a process of its own, with the fake analyzer."""
    paths = [str(ROOT), str(ROOT / "tests")]
    code = f"import sys; sys.path[:0] = {paths!r}; from appealnlp import cli; from batch.fake_analyzer import make; "
    code += "cli._analyzer = make; cli.main()"
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, **options)


def commands() -> dict[str, typer.models.CommandInfo]:
    return {info.name or info.callback.__name__: info for info in cli.app.registered_commands}


def test_the_commands():
    own = {"analyze", "tag", "mask", "matters", "brief", "replay", "doctor", "version"}
    assert set(commands()) == own | {"evaluate", "serve"}


@pytest.mark.parametrize("name", ["", "analyze", "tag", "mask", "matters", "brief", "replay", "doctor", "version"])
def test_help_is_bilingual(call, name):
    result = call(*filter(None, [name]), "--help")
    assert result.code == 0
    options = [line for line in result.out.splitlines() if re.match(r" +-", line) and "--help" not in line]
    assert re.search("[\u4e00-\u9fff]", result.out)
    assert all(re.search("[\u4e00-\u9fff].*[A-Za-z]", line) for line in options), options


def test_analyze_json(call):
    result = call("analyze", TEXT, "--json")
    assert result.code == 0
    assert json.loads(result.out)["urgency"]["evidence"][0]["text"] == "停水"
    assert "scores" not in json.loads(result.out)


def test_analyze_json_with_scores_and_reasons(call):
    out = json.loads(call("analyze", TEXT, "--json", "--scores", "--why").out)
    assert out["scores"] == {"type": {"complaint": 0.9321}}
    assert out["why"]["urgency"] == [{"start": 0, "end": 1, "text": "水", "weight": 1.5, "rule": "fake"}]


def test_analyze_takes_title_and_time(call):
    result = call(
        "analyze", "三天了", "--title", "停水", "--received-at", "2024/5/1 9:30", "--area", "441302", "--json"
    )
    assert json.loads(result.out)["urgency"]["evidence"] == [
        {"start": 0, "end": 2, "text": "停水", "rule": "supply.water"}
    ]


def test_analyze_a_file(call, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode("gb18030"))
    assert json.loads(call("analyze", "--file", path, "--json").out)["headcount"] == 12


def test_analyze_prints_a_panel(call):
    result = call("analyze", TEXT, "--why")
    assert result.code == 0
    for words in ("投诉 93%", "紧急", "“停水”", "住房和城乡建设局", "119", "为何紧急程度", TEXT[:6]):
        assert words in result.out
    assert "\x1b" not in result.out


def test_mask(call):
    assert call("mask", TEXT).out == "小区停水三天，电话139****1234\n"


def test_mask_reads_standard_input():
    result = start("mask", stdin=TEXT.encode("gb18030"))
    assert result.stdout.decode().strip() == "小区停水三天，电话139****1234"


def test_tag(call, tmp_path):
    result = call("tag", ROOT / "examples" / "appeals.csv", "-o", tmp_path / "out.xlsx")
    assert result.code == 0, result.err
    assert "32 行 in = 32 out + 0 rejects" in result.out
    assert "text=诉求内容" in result.out
    assert (tmp_path / "out.xlsx").stat().st_size > 5000


def test_tag_with_everything(call, tmp_path):
    (tmp_path / "a.csv").write_text("2024年\n甲,乙\n1,好\n2,\n", "gb18030")
    result = call(
        "tag", tmp_path / "a.csv", "-o", tmp_path / "out.jsonl", "--text-column", "乙", "--id-column", "甲",
        "--header-row", 2, "--encoding", "gb18030", "--scores", "--workers", 1, "--overwrite",
    )  # fmt: skip
    assert (result.code, result.err) == (0, "")
    assert "2 行 in = 1 out + 1 rejects" in result.out
    assert str(tmp_path / "out.jsonl.rejects.jsonl") in result.out


def test_unreadable_times_are_told(call, tmp_path):
    (tmp_path / "a.csv").write_text("内容,时间\n好,昨天\n")
    assert "1 行的时间无法识别" in call("tag", tmp_path / "a.csv", "-o", tmp_path / "o.csv").out


def test_tag_keeps_chosen_columns(call, tmp_path):
    result = call("tag", ROOT / "examples" / "appeals.csv", "-o", tmp_path / "out.csv", "--keep", "标题，受理时间")
    assert result.code == 0, result.err
    header = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[0]
    assert header.startswith("编号,标题,受理时间,appeal_type,")


def test_tag_a_folder(call, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_text("编号,内容\n1,停水\n2,\n")
    (tmp_path / "in" / "c.docx").write_text("x")
    result = call("tag", tmp_path / "in", "-o", tmp_path / "out")
    assert (result.code, result.err) == (0, "")
    assert "2 个文件 files, 4 行 in = 2 out + 2 rejects; 0 个失败 failed, 1 个跳过 skipped" in result.out
    assert (tmp_path / "out" / "b.csv").exists()
    (tmp_path / "in" / "d.csv").write_text("")
    result = call("tag", tmp_path / "in", "-o", tmp_path / "out", "--overwrite")
    assert result.code == 1
    assert "d.csv: is empty" in result.out


def test_tag_a_database(call, tmp_path):
    pytest.importorskip("sqlalchemy")
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("create table t (id integer primary key, 内容 text)")
        base.execute("insert into t values (1, '停水')")
    base.close()
    result = call("tag", f"sqlite:///{tmp_path}/a.db#t", "-o", f"sqlite:///{tmp_path}/a.db#u")
    assert result.code == 0, result.err
    assert f"sqlite:///{tmp_path}/a.db#u: 1 行 in = 1 out + 0 rejects" in result.out


def test_tag_resumes(call, tmp_path):
    table, rows = tmp_path / "in.csv", [f"{i},第{i}件" for i in range(1200)]
    table.write_text("\n".join(["编号,内容", *rows, "x,中断"]))
    result = call("tag", table, "-o", tmp_path / "out.csv", "--workers", 1)
    assert result.code == 130
    assert "加 --resume 继续。What is done is saved; add --resume." in result.err
    assert "begin anew with --overwrite" in call("tag", table, "-o", tmp_path / "out.csv").err
    table.write_text("\n".join(["编号,内容", *rows, "x,好了"]))
    result = call("tag", table, "-o", tmp_path / "out.csv", "--resume")
    assert result.code == 2
    assert "input.sha256 was" in result.err
    table.write_text("\n".join(["编号,内容", *rows, "x,中断"]))
    assert call("tag", table, "-o", tmp_path / "out.csv", "--resume", "--workers", 1).code == 130


USER_ERRORS = [
    (["analyze", " "], 2, "text is empty"),
    (["analyze", "好", "--scores"], 2, "--scores is for --json"),
    (["analyze", "好", "--file", "x"], 2, "both a text and --file"),
    (["analyze", "--file", "none.txt"], 2, "none.txt: cannot be read"),
    (["analyze", "好", "--received-at", "昨天"], 2, "is no moment"),
    (["tag", "none.csv", "-o", "out.csv"], 2, "none.csv: no such file"),
    (["tag", "none.csv"], 2, "--output"),
    (["tag", "none.csv", "-o", "out.xls"], 2, "no table format"),
    (["tag", "none.csv", "-o", "out.xlsx", "--policy", "foshan", "--ledger", "shiquan"], 2, "both --policy"),
    (["nonsense"], 2, "nonsense"),
    (["evaluate", "--help"], 1, "pip install 'appealnlp[train]'"),
    (["serve", "--port", "8000"], 1, "pip install 'appealnlp[serve]'"),
]


@pytest.mark.parametrize(("args", "code", "says"), USER_ERRORS)
def test_user_errors(call, monkeypatch, tmp_path, args, code, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugins, "entry_points", lambda **_: [])
    result = call(*args)
    assert (result.code, result.out) == (code, "")
    assert says in result.err
    assert "Traceback" not in result.err


def test_no_text_on_a_terminal(call, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert "no text; give the appeal" in call("analyze").err


def test_model_errors_end_in_one_sentence(call, monkeypatch):
    def load(model, tier):
        raise ModelError("models/x: manifest is missing; train again")

    monkeypatch.setattr(cli, "_analyzer", load)
    result = call("analyze", "好")
    assert (result.code, result.err) == (1, "appealnlp: models/x: manifest is missing; train again\n")


def test_version(call, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1.2.3")
    assert call("version").out == "appealnlp 1.2.3\n"


def test_doctor_is_content(call, monkeypatch):
    monkeypatch.setattr(doctor, "_shipped", lambda: iter(()))
    result = call("doctor")
    assert result.code == 0, result.out
    assert "一切正常" in result.out


def test_doctor_lists_all_faults(call, monkeypatch, tmp_path):
    (tmp_path / "labels.yaml").write_text("version: [")
    (tmp_path / "departments.yaml").write_text("version: 1\n")
    monkeypatch.setattr(doctor, "_folder", lambda path: iter([f"{path}: hash differs"]))
    result = call("doctor", "--scheme", tmp_path, "--model", "m")
    assert result.code == 1
    assert result.out.count("✗") == 3
    assert "m: hash differs" in result.out


def test_doctor_tells_what_is_missing(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "_scheme", lambda folder: iter(()))
    monkeypatch.setattr(doctor, "_shipped", lambda: iter(()))
    assert any("rjieba or jieba is missing" in fault for fault in doctor.faults(None, None))


other = typer.Typer()


@other.command()
def _other(name: str, loud: bool = False) -> None:
    if name == "boom":
        raise ModelError("no model; train one")
    typer.echo(f"hello {name} {loud}")


def _plain(args: list[str]) -> int:
    typer.echo(",".join(args))
    return 3


def _found(value: str):
    return lambda **_: [EntryPoint("evaluate", value, plugins.GROUP)]


def test_commands_of_other_packages(call, monkeypatch):
    monkeypatch.setattr(plugins, "entry_points", _found("test_cli:other"))
    assert call("evaluate", "x", "--loud").out == "hello x True\n"
    assert "--loud" in call("evaluate", "--help").out
    assert call("evaluate", "boom").err == "appealnlp: no model; train one\n"
    assert call("evaluate").code == 2


def test_callables_of_other_packages(call, monkeypatch):
    monkeypatch.setattr(plugins, "entry_points", _found("test_cli:_plain"))
    result = call("evaluate", "--a", "b")
    assert (result.code, result.out) == (3, "--a,b\n")


def test_a_command_whose_extra_is_missing(monkeypatch):
    monkeypatch.setattr(plugins, "entry_points", _found("no_such_module_anywhere:app"))
    with pytest.raises(MissingExtra, match=r"lacks no_such_module_anywhere.*appealnlp\[train\]"):
        plugins.run("evaluate", [])


def test_broken_pipe_is_quiet(tmp_path):
    paths = [str(ROOT), str(ROOT / "tests")]
    code = f"import sys; sys.path[:0] = {paths!r}; from appealnlp import cli; from batch.fake_analyzer import make; "
    code += "cli._analyzer = make; cli.main()"
    text = tmp_path / "long.txt"
    text.write_text("停水" * 90_000)
    command = [sys.executable, "-c", code, "mask", "--file", str(text)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_signals_leave_no_half_file(tmp_path, name, code):
    import signal

    table = tmp_path / "slow.csv"
    table.write_text("text\n" + "很慢\n" * 1000)
    paths = [str(ROOT), str(ROOT / "tests")]
    script = f"import sys; sys.path[:0] = {paths!r}; from appealnlp import cli; from batch.fake_analyzer import make; "
    script += "cli._analyzer = make; cli.main()"
    command = [sys.executable, "-c", script, "tag", str(table), "-o", str(tmp_path / "o.csv"), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        limit = time.monotonic() + 20
        while not list(tmp_path.glob(".*.part")) and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(getattr(signal, f"SIG{name}"))
        process.wait(timeout=20)
        assert (process.returncode, process.stderr.read()) == (code, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["slow.csv"]


def test_start_is_light():
    code = "import sys; import appealnlp.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "openpyxl", "polars", "pyarrow", "yaml", "rich", "torch", "sklearn", "pandas"}


def test_output_that_cannot_be_encoded():
    result = start("mask", "停水", env={"PYTHONIOENCODING": "latin-1", "PATH": ""})
    assert (result.returncode, result.stdout) == (0, b"??\n")
