"""What the tests of the endpoint share: words, tokens, and a server in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from appealnlp_serve.tokens import digest

ROOT = Path(__file__).resolve().parents[2]
GAS = "我家楼道里煤气味很浓，联系人：张三，电话13900001234，快派人来看看"
TOKENS = {"hall": "token-hall-1", "old": "token-hall-0", "desk": "token-desk", "watch": "token-watch"}
ENTRIES: list[dict[str, Any]] = [
    {"name": "hall", "digests": [digest(TOKENS["hall"]), digest(TOKENS["old"])], "scopes": ["analyze"]},
    {"name": "desk", "digests": [digest(TOKENS["desk"])], "scopes": ["analyze", "feedback"]},
    {"name": "watch", "digests": [digest(TOKENS["watch"])], "scopes": ["metrics"]},
]


def bearer(name: str) -> dict[str, str]:
    """The header of a token."""
    return {"authorization": f"Bearer {TOKENS[name]}"}


class Served:
    """A server in a process of its own, on a free port of loopback; ``lines`` is its log as it grows."""

    def __init__(self, model: Path, folder: Path, **settings: Any) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("APPEALNLP_")}
        env["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "serve"), env.get("PYTHONPATH", "")])
        env |= {"APPEALNLP_MODEL": str(model), "APPEALNLP_PORT": "0", "APPEALNLP_RATE": "100000"}
        env |= {"APPEALNLP_BURST": "100000", "APPEALNLP_FEEDBACK_URL": f"sqlite:///{folder / 'feedback.db'}"}
        env |= {f"APPEALNLP_{key.upper()}": str(value) for key, value in settings.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "appealnlp_serve"], cwd=folder, env=env, stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self._wait()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def _wait(self) -> int:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            for line in [line for line in self.lines if '"listening"' in line]:
                return int(json.loads(line)["port"])
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError("the server did not start: " + "".join(self.lines[-5:]))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self._reader.join(5)
