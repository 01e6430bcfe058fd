"""A hotline call over WebSocket: words come in as they are spoken, updates go out; the newest words win."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from appealnlp_serve.answers import dump
from appealnlp_serve.bodies import About, LiveIn, appeal_of, moment, read
from appealnlp_serve.calls import Call
from appealnlp_serve.errors import ApiError, error_body
from appealnlp_serve.jobs import follow
from appealnlp_serve.logs import log
from appealnlp_serve.middleware.auth import PROTOCOL
from appealnlp_serve.routes.common import runtime

router = APIRouter()
_MOST_ERRORS = 20
_BUSY_SECONDS = 0.2


@router.websocket("/v1/live")
async def live(socket: WebSocket) -> None:
    """Follow one call until it ends, falls silent or breaks off."""
    parts = runtime(socket)
    if parts.calls >= parts.settings.live_calls:
        raise ApiError("overloaded", retry_after=5)
    await socket.accept(PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", ()) else None)
    parts.calls += 1
    try:
        await Session(socket).run()
    finally:
        parts.calls -= 1


class Session:
    """Two tasks: one reads words, the other analyses the newest state; words that come meanwhile are taken together."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket, self.parts = socket, runtime(socket)
        self.call = Call(self.parts.labels.ranks)
        self.about, self.words = About(), ""
        self._news, self._ended, self._errors = asyncio.Event(), False, 0

    async def run(self) -> None:
        """Until the call ends; never raises for what a client does."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._guarded, self._write, group.cancel_scope)
            await self._guarded(self._read, group.cancel_scope)
        with suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(1000 if self._ended else 1008)

    async def _guarded(self, task: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
        """One of the two tasks; the other ends with it, except that a call which ended well gets its answer."""
        try:
            await task()
            if self._ended:
                return
        except (WebSocketDisconnect, RuntimeError):  # the client has gone
            self._ended = False
        except Exception as error:
            self._ended = False
            log("failure", level=logging.ERROR, error=error, request_id=self.socket.scope["state"].get("request_id"))
        scope.cancel()

    async def _read(self) -> None:
        while not self._ended and self._errors < _MOST_ERRORS:
            with anyio.move_on_after(self.parts.settings.live_idle) as patience:
                message = await self.socket.receive()
            if patience.cancelled_caught:
                return
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            try:
                self._take(read(LiveIn, (message.get("text") or "").encode("utf-8", "surrogatepass")))
            except ApiError as error:
                await self._refuse(error)

    def _take(self, given: LiveIn) -> None:
        words = given.text if given.type == "transcript" else self.words + given.text
        if len(words) > self.parts.settings.max_text:
            raise ApiError("too_long", "text")
        if given.type == "start":
            moment(given.received_at)
            self.about = About(title=given.title, id=given.id, received_at=given.received_at, area=given.area)
        grown, self.words = words != self.words, words
        self._ended = given.type == "end"
        if grown or self._ended:
            self._news.set()

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            ended = self._ended
            try:
                await self._answer(ended)
            except ApiError as error:
                await self._refuse(error)
                if error.status == 503:
                    await asyncio.sleep(_BUSY_SECONDS)
                    self._news.set()
                    continue
            if ended:
                return

    async def _answer(self, ended: bool) -> None:
        """Send what one analysis says; at the end all of it, exactly as the library gives it."""
        if not self.words.strip() and not ended:
            return
        appeal = appeal_of(self.words, self.about, self.parts.settings.max_text)
        job = partial(follow, appeal=appeal, last=ended)
        analysis, told = await self.parts.engine.run(job, self.parts.settings.deadline)
        for event in self.call.events(analysis):
            await self._send(event)
        if told is not None:
            await self._send({"type": "final", **told})

    async def _refuse(self, error: ApiError) -> None:
        self._errors += error.status != 503
        await self._send({"type": "error", **error_body(error.code, error.field)})

    async def _send(self, value: dict[str, Any]) -> None:
        await self.socket.send_text(dump(value).decode())
