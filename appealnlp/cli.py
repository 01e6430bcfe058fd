"""The command line: one thin function a command; what it does lies elsewhere and is imported when it is asked for."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appealnlp.console.brief import brief
from appealnlp.console.matters import matters
from appealnlp.console.options import AsJson, Column, Encoding, HeaderRow, Overwrite, Sheet, given_columns
from appealnlp.errors import AppealError, InputError

if TYPE_CHECKING:
    from appealnlp.analysis import Analysis
    from appealnlp.batch.options import TagOptions
    from appealnlp.batch.workers import Analyzes, Factory

app = typer.Typer(
    help="读懂群众诉求：类型、紧急程度、主题、单位、实体。Reads citizen appeals: type, urgency, topic, unit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Words = Annotated[str | None, typer.Argument(help="诉求全文；省略则读标准输入。The appeal; standard input without it.")]
File = Annotated[Path | None, typer.Option("--file", "-f", help="从文件读一条诉求。Read one appeal from a file.")]
Model = Annotated[Path | None, typer.Option("--model", help="模型目录。Model folder; the shipped one by default.")]
Tier = Annotated[
    str | None, typer.Option("--tier", help="模型档次 cascade、linear、student、encoder。Tier of the model.")
]
Policy = Annotated[
    str | None, typer.Option("--policy", help="办理规则：名称（如 foshan）或文件。Policy: a name, or a .yaml file.")
]
Title = Annotated[str | None, typer.Option("--title", help="标题。Title.")]
Received = Annotated[str | None, typer.Option("--received-at", help="受理时间，如 2024-05-01T09:30。When it came in.")]
Area = Annotated[str | None, typer.Option("--area", help="来件地区划代码。Code of the division where it came in.")]


def _analyzer(model: Path | None, tier: str | None, policy: str | None = None) -> Analyzes:
    import appealnlp
    from appealnlp.threads import one_thread

    one_thread()
    return appealnlp.load(model, tier=tier, policy=policy or "default")


def _loaded(
    model: Path | None, tier: str | None, policy: str | None
) -> tuple[Path | None, str | None] | tuple[Path | None, str | None, str]:
    """What an analyzer is loaded with; the default policy is not named."""
    return (model, tier) if policy is None else (model, tier, policy)


def _read(words: str | None, file: Path | None) -> str:
    if words is not None and file is not None:
        raise InputError("both a text and --file are given; give one of them")
    if words is not None:
        return words
    from appealnlp.batch.textfile import decode

    if file is not None:
        try:
            return decode(file.read_bytes())
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror}); check the path") from None
    if sys.stdin.isatty():
        raise InputError("no text; give the appeal in quotes, --file, or standard input")
    return decode(sys.stdin.buffer.read())


@app.command()
def analyze(
    text: Words = None,
    file: File = None,
    title: Title = None,
    received_at: Received = None,
    area: Area = None,
    as_json: AsJson = False,
    scores: Annotated[bool, typer.Option("--scores", help="加上各类概率 (配合 --json)。Add scores to --json.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="说明各项依据的词语。Show the words behind each decision.")
    ] = False,
    model: Model = None,
    tier: Tier = None,
    policy: Policy = None,
) -> None:
    """分析一条诉求。Analyse one appeal."""
    from appealnlp.appeal import Appeal

    if scores and not as_json:
        raise InputError("--scores is for --json; add --json")
    fields = {"text": _read(text, file), "title": title, "received_at": received_at, "area": area}
    appeal = Appeal.of(fields)
    analysis = _analyzer(*_loaded(model, tier, policy))(appeal)
    if as_json:
        _print_json(analysis, scores=scores, why=why)
    else:
        _print_view(analysis, why=why)


def _print_json(analysis: Analysis, *, scores: bool, why: bool) -> None:
    out = analysis.to_dict(scores=scores)
    if why:
        from dataclasses import asdict

        from appealnlp.console.render import EXPLAINED

        out["why"] = {field: asdict(analysis.why(field))["reasons"] for field in EXPLAINED}
    typer.echo(json.dumps(out, ensure_ascii=False, indent=2))


def _print_view(analysis: Analysis, *, why: bool) -> None:
    from rich.console import Console

    from appealnlp.console.render import view
    from appealnlp.schemes import shipped

    Console(highlight=False).print(view(analysis, shipped(), why=why))


@app.command()
def mask(
    text: Words = None,
    file: File = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="OUT", help="把 TEXT 当作表格，写入 OUT。Mask a table.")
    ] = None,
    how: Annotated[str, typer.Option("--how", help="mask、replace、hash 或 remove。The masking policy.")] = "mask",
    text_column: Column = None,
    title_column: Column = None,
    overwrite: Overwrite = False,
    model: Model = None,
    tier: Tier = None,
) -> None:
    """遮蔽个人信息：一条诉求，或整张表 (-o)；无把握的行不写出，记入 OUT.rejects.jsonl。

    Mask personal data of one appeal, or of a table (-o); rows that cannot be made sure of are withheld.
    """
    from appealnlp.appeal import Appeal

    if output is None:
        typer.echo(_analyzer(model, tier)(Appeal(_read(text, file))).masked(how))
        return
    from appealnlp.batch.masking import mask_table
    from appealnlp.batch.options import TagOptions
    from appealnlp.batch.summary import table_summary

    if text is None:
        raise InputError("no table; write appealnlp mask IN -o OUT")
    options = TagOptions(given_columns(text=text_column, title=title_column), overwrite=overwrite)
    report = mask_table(text, output, policy=how, analyze=_analyzer(model, tier), options=options)
    typer.echo(table_summary(report, output))


@app.command()
def tag(
    table: Annotated[str, typer.Argument(metavar="IN", help="表格文件、目录或数据库表。Table, folder or database.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="输出，格式按扩展名。Output.")],
    text_column: Column = None,
    title_column: Column = None,
    id_column: Column = None,
    received_at_column: Column = None,
    area_column: Column = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    encoding: Encoding = None,
    scores: Annotated[bool, typer.Option("--scores", help="加上各类概率 (jsonl)。Add scores (jsonl).")] = False,
    names: Annotated[bool, typer.Option("--names", help="写中文名称而非代码。Names in place of codes.")] = False,
    keep: Annotated[str | None, typer.Option(help="只保留这些列，逗号分隔。Columns to keep: a,b,c.")] = None,
    overwrite: Overwrite = False,
    resume: Annotated[bool, typer.Option("--resume", help="继续中断的任务。Go on with an interrupted run.")] = False,
    workers: Annotated[int | None, typer.Option(help="进程数，默认用全部核心。Processes; all cores.")] = None,
    model: Model = None,
    tier: Tier = None,
    policy: Policy = None,
    ledger: Annotated[
        str | None, typer.Option("--ledger", help="按该办理规则写台账 (xlsx)。Write ledgers after this policy.")
    ] = None,
) -> None:
    """分析整张表、整个目录或数据库表 (sqlite:///a.db#表名)；不能用的行写入 OUT.rejects.jsonl。

    Tag a table, a folder of tables or a database table; bad rows go to OUT.rejects.jsonl.
    """
    from appealnlp.batch import ReadOptions, TagOptions
    from appealnlp.batch.options import names_of

    columns = given_columns(
        text=text_column, title=title_column, id=id_column, received_at=received_at_column, area=area_column
    )
    options = TagOptions(
        columns,
        ReadOptions(encoding, sheet, header_row),
        scores=scores,
        names=names,
        overwrite=overwrite,
        workers=workers,
        keep=names_of(keep),
        resume=resume,
    )
    if ledger is not None:
        if policy is not None:
            raise InputError("both --policy and --ledger, which names the policy too; write one of them")
        factory = partial(_analyzer, *_loaded(model, tier, ledger))
        typer.echo(_ledger(table, Path(output), ledger, factory, options))
        return
    said, whole = _tagged(table, output, partial(_analyzer, *_loaded(model, tier, policy)), options)
    typer.echo(said)
    if not whole:
        raise typer.Exit(1)


def _ledger(table: str, output: Path, policy: str, factory: Factory, options: TagOptions) -> str:
    """Write the ledgers of a table; what is said of them."""
    from appealnlp.batch.ledgers import LedgerEnd
    from appealnlp.batch.progress import reporting
    from appealnlp.batch.summary import table_summary
    from appealnlp.batch.tagging import tag_table
    from appealnlp.route import load_policy
    from appealnlp.route.ledger import Ledger
    from appealnlp.schemes import shipped

    end = LedgerEnd(output, Ledger(load_policy(policy), shipped()))
    with _noted(), reporting() as progress:
        report = tag_table(table, end, factory, options, progress)
    sheets = "，".join(f"{name} {count}" for name, count in end.counts.items())
    return f"{table_summary(report, output)}\n{sheets}"


def _tagged(table: str, output: str, factory: Factory, options: TagOptions) -> tuple[str, bool]:
    """What is said of a tagged table or folder, and whether all of it was tagged."""
    from appealnlp.batch import tag as tag_one
    from appealnlp.batch import tag_folder
    from appealnlp.batch.ends import shown
    from appealnlp.batch.progress import reporting
    from appealnlp.batch.summary import folder_summary, table_summary

    with _noted(), reporting() as progress:
        if Path(table).is_dir():
            done = tag_folder(table, output, analyzer_factory=factory, options=options, progress=progress)
            return folder_summary(done, output), not done.failed
        report = tag_one(table, output, analyzer_factory=factory, options=options, progress=progress)
        return table_summary(report, shown(output)), True


@contextmanager
def _noted() -> Iterator[None]:
    """Print what an error has to add: what is saved, and how to go on."""
    try:
        yield
    except BaseException as error:
        for note in getattr(error, "__notes__", ()):
            typer.echo(note, err=True)
        raise


app.command()(matters)
app.command()(brief)


@app.command()
def replay(
    table: Annotated[str, typer.Argument(metavar="IN", help="原表格。The table that was tagged.")],
    records: Annotated[Path, typer.Argument(metavar="OUT", help="当时写出的 jsonl。The jsonl that was written.")],
    text_column: Column = None,
    title_column: Column = None,
    id_column: Column = None,
    received_at_column: Column = None,
    area_column: Column = None,
    encoding: Encoding = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="重放密钥文件。File of the replay key; else the environment's.")
    ] = None,
    model: Model = None,
    tier: Tier = None,
    policy: Policy = None,
) -> None:
    """重放：再分析一遍，逐条核对是否逐字节相同。Analyse again and check that every record is the same to the byte."""
    import appealnlp
    from appealnlp.batch import ReadOptions
    from appealnlp.console.replay import replay_table

    columns = given_columns(
        text=text_column, title=title_column, id=id_column, received_at=received_at_column, area=area_column
    )
    nlp = appealnlp.load(model, tier=tier, policy=policy or "default", replay_key=key)
    found = replay_table(table, records, columns, ReadOptions(encoding, None, None), nlp.replay)
    for number, fields in found.differing:
        typer.echo(f"✗ {table}:{number}: {', '.join(fields)}")
    unlike, missing = len(found.differing), found.missing
    typer.echo(f"{found.same} 条相同 same, {unlike} 条不同 differ, {missing} 条无记录 without record")
    if found.differing:
        raise typer.Exit(1)


@app.command()
def doctor(
    scheme: Annotated[Path | None, typer.Option("--scheme", help="方案目录。Scheme folder to check.")] = None,
    model: Annotated[Path | None, typer.Option("--model", help="模型目录。Model folder to check.")] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="办理规则目录或文件。Folder of policies, or one, to check.")
    ] = None,
) -> None:
    """检查安装、方案、办理规则和模型，列出全部问题。Check installation, scheme, policies and model; list all faults."""
    from appealnlp.console.doctor import faults

    found = 0
    for fault in faults(scheme, model, policy):
        found += 1
        typer.echo(f"✗ {fault}")
    if found:
        raise typer.Exit(1)
    typer.echo("✓ 一切正常。All is well.")


@app.command()
def version() -> None:
    """显示版本。Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"appealnlp {installed('appealnlp')}")


def _elsewhere(name: str, help: str) -> None:
    """Add a command that another package brings."""

    def command(context: typer.Context) -> None:
        from appealnlp.console.plugins import run

        raise typer.Exit(run(name, context.args))

    passed_on = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    app.command(name, help=help, context_settings=passed_on, add_help_option=False)(command)


_elsewhere("evaluate", "评测模型。Evaluate a model.")
_elsewhere("serve", "启动服务。Start the server.")


def main() -> None:
    """The entry point: an error is one sentence on stderr, its exit code 2 for input and 1 for anything else."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that cannot show a character still shows the others
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it closes it
        raise SystemExit(1) from None
    except (AppealError, OSError) as error:
        typer.echo(f"appealnlp: {error}", err=True)
        raise SystemExit(2 if isinstance(error, InputError) else 1) from None


def _terminate(number: int, frame: object) -> None:
    raise SystemExit(128 + number)  # as an exception, so that drafts are removed
