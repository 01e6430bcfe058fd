"""`appealnlp serve`: starts the server, or makes a token."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from appealnlp_serve.guard import make_server
from appealnlp_serve.logs import setup
from appealnlp_serve.settings import load_settings
from appealnlp_serve.tokens import digest, new_token

run = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_SCOPES = ["analyze", "feedback"]


@run.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认仅本机。Address; this machine only.")] = None,
    port: Annotated[int | None, typer.Option(help="端口，默认 8000。Port.")] = None,
    model: Annotated[Path | None, typer.Option(help="模型目录。Model folder.")] = None,
    tier: Annotated[str | None, typer.Option(help="模型档次。Tier of the model.")] = None,
    policy: Annotated[str | None, typer.Option(help="办理规则。Routing policy.")] = None,
    token: Annotated[str | None, typer.Option("--new-token", metavar="NAME", help="生成令牌。Make a token.")] = None,
) -> None:
    """启动服务；其余设置用环境变量 APPEALNLP_。Start the server; other settings by APPEALNLP_ variables."""
    if token is not None:
        return _print_token(token)
    given: dict[str, Any] = {"host": host, "port": port, "model": model, "tier": tier, "policy": policy}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    setup(batched=True)
    sys.setswitchinterval(0.001)  # so that the loop gets its turn while threads analyse
    make_server(settings).run()


def _print_token(name: str) -> None:
    secret = new_token()
    entry = {"name": name, "digests": [digest(secret)], "scopes": _SCOPES}
    typer.echo(f"令牌，仅显示一次 token, shown once: {secret}", err=True)
    typer.echo(f"APPEALNLP_TOKENS={json.dumps([entry], separators=(',', ':'))}")
