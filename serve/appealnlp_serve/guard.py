"""The server beneath: HTTP/1.1 with limits of time on headers, refusals in our form, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from appealnlp_serve.app import create_app
from appealnlp_serve.engine import Ticket
from appealnlp_serve.errors import error_bytes
from appealnlp_serve.gate import Gate, bytes_left
from appealnlp_serve.handshake import is_handshake
from appealnlp_serve.logs import flush, log
from appealnlp_serve.middleware.limits import MOST_FIELDS
from appealnlp_serve.middleware.shed import PAUSE
from appealnlp_serve.plain import PlainCycle, fields_of
from appealnlp_serve.ports import close_ports, has_unread
from appealnlp_serve.runtime import Runtime
from appealnlp_serve.settings import Settings

_GRACE = 1.0
"""Seconds for which an idle connection stays open once the server ends."""
_LOOK = 0.05
"""Seconds between looks at a connection that is to close but is not idle."""
_HASTE = 0.05
"""Seconds: a client that asks again sooner after a refusal does not heed Retry-After."""
_BODY = error_bytes("overloaded")
_FULL = b"\r\n".join([
    b"HTTP/1.1 503 Service Unavailable", b"Content-Type: application/json", b"Retry-After: 5", b"Connection: close",
    b"Content-Length: %d" % len(_BODY), b"", _BODY,
])  # fmt: skip


class GuardedProtocol(H11Protocol):
    """Closes a connection whose headers do not arrive in time; answers what is no HTTP as JSON."""

    header_seconds = 10.0
    most_connections = 1024
    gate: Gate
    _skip = 0
    """Bytes still to come of a body that nobody will read."""
    _kept = b""
    """What came after a plain request that is not answered yet."""
    _leaves = False
    """Whether the last refusal told the client to leave."""
    _refused_at = _done_at = float("-inf")
    _given_up_at = float("inf")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; turn away what is one connection too many."""
        super().connection_made(transport)
        self._clock = self.loop.call_later(self.header_seconds, self._check)
        if len(self.connections) > self.most_connections:
            transport.write(_FULL)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Judge a plain request before it is parsed."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip, data = self._skip - skipped, data[skipped:]
            if self._leaves and not self._skip:
                return self.transport.close()
            if not data:
                return
        if isinstance(self.cycle, PlainCycle) and not self.cycle.response_complete:
            return self._more(self.cycle, data)
        left = bytes_left(data, self.gate.most) if self._is_between() else None
        if left is None:
            return super().data_received(data)
        ticket = self.gate.ticket()
        if ticket is None:
            return self._refuse(left)
        if not self._begin(data, left, ticket):
            plain, self.app_state = self.app_state, {**self.app_state, "ticket": ticket}
            super().data_received(data)
            self.app_state = plain

    def _refuse(self, left: int) -> None:
        """Answer at once. Who asks again at once is not read for a while: refusing in haste would starve the work."""
        now = self.loop.time()
        self._leaves = self.gate.draining
        if now - self._refused_at < _HASTE and not self._leaves:
            self.flow.pause_reading()
            self.loop.call_later(PAUSE, self.flow.resume_reading)
        self._skip, self._refused_at = left, now
        self.transport.write(self.gate.refusal())
        if self._leaves and not left:
            self.transport.close()

    def _is_between(self) -> bool:
        """Whether no request is being read or answered."""
        done = self.cycle is None or self.cycle.response_complete
        return done and self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _begin(self, data: bytes, left: int, ticket: Ticket) -> bool:
        """Answer a plain request without the parser; False where it must judge after all."""
        line, end = data.index(b"\r\n"), data.index(b"\r\n\r\n")
        fields = fields_of(data[line + 2 : end + 2])
        if fields is None:
            return False
        path = data[len("POST ") : line - len(" HTTP/1.1")]
        scope = {
            "type": "http", "asgi": {"version": self.asgi_version, "spec_version": "2.3"}, "http_version": "1.1",
            "server": self.server, "client": self.client, "scheme": self.scheme, "method": "POST", "root_path": "",
            "path": path.decode("ascii"), "raw_path": path, "query_string": b"", "headers": fields,
            "state": {**self.app_state, "ticket": ticket},
        }  # fmt: skip
        length = left + len(data) - end - 4
        cycle = PlainCycle(
            scope, self.transport, self.flow, self.server_state.default_headers, length, self._plain_done
        )
        self.cycle = cycle
        cycle.take(data[end + 4 :])
        task = self.loop.create_task(cycle.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        return True

    def _more(self, cycle: PlainCycle, data: bytes) -> None:
        """The rest of a plain request's body; what comes after it waits until it is answered."""
        mine = min(cycle.left, len(data))
        if mine:
            cycle.take(data[:mine])
        if mine < len(data):
            self._kept += data[mine:]
            self.flow.pause_reading()

    def _plain_done(self) -> None:
        """Go on with what came meanwhile. One timer a connection sees to idleness, not one a request."""
        assert isinstance(self.cycle, PlainCycle)
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._done_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        self.flow.resume_reading()
        self._skip = self.cycle.left
        kept, self._kept = self._kept, b""
        if kept:
            self.data_received(kept)

    def timeout_keep_alive_handler(self) -> None:
        """A connection on which something was answered lately, or is being answered, is not idle."""
        busy = self.cycle is not None and not self.cycle.response_complete
        last = max(self._refused_at, self._done_at)
        wait = self.timeout_keep_alive - (0 if busy else self.loop.time() - last)
        if wait <= 0:
            return super().timeout_keep_alive_handler()
        self.timeout_keep_alive_task = self.loop.call_later(wait, self.timeout_keep_alive_handler)

    def _check(self) -> None:
        """Close it when no request has begun; else look again, for a later request may come as slowly."""
        if self.transport.is_closing():
            return
        waits = self.conn.their_state in (h11.IDLE, h11.MUST_CLOSE) and bool(self.conn.trailing_data[0])
        idle = self.loop.time() - self._refused_at > self.header_seconds
        if (self.cycle is None and idle) or (waits and self.cycle.response_complete):
            self.transport.close()
        else:
            self._clock = self.loop.call_later(self.header_seconds, self._check)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on the clock looks at the handshake only: a call may be silent for longer."""
        if not is_handshake(event, self.headers):
            return self.send_400_response("")
        self._clock.cancel()
        super().handle_websocket_upgrade(event)
        self.loop.call_later(self.header_seconds, self._check_handshake)

    def _check_handshake(self) -> None:
        if not getattr(self.transport.get_protocol(), "handshake_complete", True):
            self.transport.close()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has said all it will still gets its answer."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._clock.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """While the server ends: a request that is on its way to us is still answered; then the connection closes.

        Since the signal every answer has told its client to leave, so from here only what is idle must be closed.
        """
        now = self.loop.time()
        self._done_at, self._given_up_at = now, now + max(_GRACE, self.header_seconds)
        self.loop.call_later(_GRACE, self._close_when_idle)

    def _close_when_idle(self) -> None:
        if self.transport.is_closing():
            return
        now = self.loop.time()
        wait = max(self._refused_at, self._done_at) + _GRACE - now
        busy = self.cycle is not None and not self.cycle.response_complete
        begun = self._skip > 0 or not self._is_between() or has_unread(self.transport)
        if busy or ((begun or wait > 0) and now < self._given_up_at):
            self.loop.call_later(max(wait, _LOOK), self._close_when_idle)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Note when."""
        self._done_at = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse in the one form, when nothing has been sent yet."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return self.transport.close()
        body = error_bytes("bad_request")
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        head = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class Server(uvicorn.Server):
    """On SIGTERM: not ready any more, connections asked to leave, then the port closed and running work finished."""

    def __init__(self, config: uvicorn.Config, parts: Runtime) -> None:
        super().__init__(config)
        self.parts = parts

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the signal; the loop does the rest."""
        self.parts.draining = True
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say on which port."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what stands now stays: to go through it again took up to 0.1 s, in which nothing was answered
        for server in self.servers:
            for bound in server.sockets:
                log("listening", host=str(bound.getsockname()[0]), port=int(bound.getsockname()[1]))
        flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for a balancer to notice, then end."""
        log("draining")
        self.parts.draining = True
        await asyncio.sleep(self.parts.settings.drain_delay)
        await close_ports(self.servers, self._protocol)
        try:
            await super().shutdown(sockets)
        finally:
            flush()  # the signal is raised again now, and ends the process without more ado

    def _protocol(self) -> asyncio.Protocol:
        return GuardedProtocol(self.config, self.server_state, self.lifespan.state)


def _is_news(record: logging.LogRecord) -> bool:
    """uvicorn calls each WebSocket that was refused an error of the application; our own line tells of it already."""
    return record.msg != "ASGI callable returned without completing handshake."


def make_server(settings: Settings) -> Server:
    """A server ready to run. Raises InputError or ModelError."""
    app = create_app(settings)
    GuardedProtocol.gate = Gate(app.state.runtime)
    GuardedProtocol.header_seconds, GuardedProtocol.most_connections = settings.header_seconds, settings.max_connections
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, http=GuardedProtocol, ws="websockets-sansio", lifespan="on",
        access_log=False, log_config=None, server_header=False, date_header=True, proxy_headers=False,
        h11_max_incomplete_event_size=MOST_FIELDS, ws_max_size=settings.max_body, timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.drain_seconds, ws_ping_interval=20.0, ws_ping_timeout=20.0,
    )  # fmt: skip
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return Server(config, app.state.runtime)
