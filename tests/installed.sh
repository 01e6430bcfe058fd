#!/usr/bin/env bash
# An installed wheel alone: analyses with every socket blocked and nothing written; tags the example table.
# Usage: installed.sh PYTHON WORKDIR
set -euo pipefail
python=$1
work=$2
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$work"

cat > "$work/alone.py" <<'PY'
"""Runs the command line where sockets and writing are forbidden; says what it read."""
import builtins
import io
import socket
import sys


def no_socket(*args, **kwargs):
    raise AssertionError("a socket was opened")


real_open = io.open


def reading_only(file, mode="r", *args, **kwargs):
    if any(sign in mode for sign in "wax+") and not str(file).startswith("/dev/"):
        raise AssertionError(f"{file} was opened for writing")
    return real_open(file, mode, *args, **kwargs)


sys.dont_write_bytecode = True
socket.socket = no_socket
builtins.open = io.open = reading_only
sys.argv = ["appealnlp", "analyze", "--json", "我家楼道里煤气味很浓，快派人来看看"]
from appealnlp.cli import main

main()
PY
"$python" "$work/alone.py" | grep -q '"label": "critical"'
"$python" -m appealnlp tag "$root/examples/appeals.csv" -o "$work/tagged.csv" | tee "$work/summary.txt"
test "$(wc -l < "$work/tagged.csv")" -gt 20
echo "installed wheel: ok"
