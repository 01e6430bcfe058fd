"""A headless Chromium driven over its own protocol: enough to type, press, read and look."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--window-size=1280,900",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "about:blank",
)  # fmt: skip


def found() -> str | None:
    """The browser of this machine, if any."""
    return next(filter(None, map(shutil.which, NAMES)), None)


TROUBLE = ("Page.javascriptDialogOpening", "Runtime.exceptionThrown", "Log.entryAdded")


class Browser:
    """One tab; ``messages`` collects what its console and its dialogs said."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.process = subprocess.Popen(
            [str(found()), f"--user-data-dir={self.folder}", *FLAGS],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.closing = ExitStack()
        self.wire = self.closing.enter_context(connect(self._address(), max_size=1 << 26))
        self.count, self.session, self.messages = 0, None, list[dict[str, Any]]()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def _address(self) -> str:
        place = self.folder / "DevToolsActivePort"
        for _ in range(300):
            if place.exists() and len(lines := place.read_text().split()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.1)
        raise AssertionError("the browser did not start")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result; events that come meanwhile are kept when they tell of trouble."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        self.wire.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        while True:
            answer = json.loads(self.wire.recv(timeout=30))
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return answer["result"]
            if answer.get("method") in TROUBLE and answer["params"].get("entry", {}).get("level") != "verbose":
                self.messages.append(answer)

    def open(self, url: str) -> None:
        """Go there and wait until the page has loaded."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && !!document.querySelector('#field option')")

    def run(self, code: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, code: str, seconds: float = 15) -> None:
        """Until an expression is true."""
        until = time.monotonic() + seconds
        while not self.run(code):
            assert time.monotonic() < until, (code, self.run("document.body.innerText"), self.messages)
            time.sleep(0.05)

    def type(self, selector: str, text: str) -> None:
        """Put the cursor there, replace what is there, and insert the text as an input method does."""
        self.run(f"document.querySelector({selector!r}).focus(); document.activeElement.select?.(); 0")
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: str, number: int, modifiers: int = 0) -> None:
        """One key, as from a keyboard (modifiers: 2 is control, 8 is shift)."""
        given = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **given, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def upload(self, selector: str, path: Path) -> None:
        """Choose a file."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def size(self, width: int, height: int, mobile: bool = False) -> None:
        """The size of the screen."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def shot(self, path: Path) -> None:
        """A picture of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """End it and leave nothing behind."""
        self.closing.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
