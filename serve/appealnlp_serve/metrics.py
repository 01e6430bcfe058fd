"""Figures for Prometheus. Labels are route templates, methods and codes of ours: never words of a client."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from appealnlp_serve.engine import Engine

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one application; a registry of its own, so that two applications do not share figures."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "appealnlp_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "appealnlp_request_seconds", "Time to answer", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self.errors = Counter("appealnlp_errors", "Refusals by code", ("code",), registry=self.registry)
        self.appeals = Counter("appealnlp_appeals", "Appeals analysed", registry=self.registry)
        self.feedback = Counter("appealnlp_feedback", "Feedback kept", ("kind",), registry=self.registry)
        self.live = Gauge("appealnlp_live_calls", "Calls being followed", registry=self.registry)
        waiting = Gauge("appealnlp_queue", "Analyses that wait or run", registry=self.registry)
        waiting.set_function(lambda: engine.taken)
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._seconds: dict[str, Histogram] = {}

    def note(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """One answer; without ``seconds`` where its time says nothing. All three names are of our own lists."""
        key = (method, route, status)
        counter = self._requests.get(key)  # Counter.labels takes a lock and checks its arguments each time
        if counter is None:
            counter = self._requests[key] = self.requests.labels(method, route, str(status))
        counter.inc()
        if seconds is not None:
            histogram = self._seconds.get(route)
            if histogram is None:
                histogram = self._seconds[route] = self.seconds.labels(route)
            histogram.observe(seconds)

    def text(self) -> bytes:
        """What /metrics answers."""
        return generate_latest(self.registry)
