"""What the parts of one application share."""

from __future__ import annotations

from dataclasses import dataclass

from appealnlp_serve.engine import Engine
from appealnlp_serve.feedback import FeedbackStore
from appealnlp_serve.jobs import Labels
from appealnlp_serve.metrics import Metrics
from appealnlp_serve.settings import Settings
from appealnlp_serve.tokens import Token


@dataclass
class Runtime:
    """Finished parts, put together by ``create_app``; ``draining`` turns true once, ``calls`` counts those followed."""

    settings: Settings
    tokens: tuple[Token, ...]
    labels: Labels
    engine: Engine
    metrics: Metrics
    feedback: FeedbackStore
    draining: bool = False
    calls: int = 0

    def __post_init__(self) -> None:
        self.metrics.live.set_function(lambda: self.calls)
