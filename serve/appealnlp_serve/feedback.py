"""What a human says of a decision: corrections and returned work orders, masked, kept for a set time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

_META = sa.MetaData()
TABLE = sa.Table(
    "feedback",
    _META,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("made_at", sa.DateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("field", sa.String(16)),
    sa.Column("given", sa.String(200)),
    sa.Column("correct", sa.String(200)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("model", sa.String(100), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One remark; every text in it is masked already."""

    kind: str
    field: str | None
    given: str | None
    correct: str | None
    text: str
    reason: str | None
    model: str


class FeedbackStore:
    """A table behind any SQLAlchemy URL. Nothing is opened or written before the first feedback."""

    def __init__(self, url: str, days: int) -> None:
        self._url, self.days = url, days
        self._lock = threading.Lock()

    @cached_property
    def _engine(self) -> sa.Engine:
        engine = sa.create_engine(self._url, hide_parameters=True)
        _META.create_all(engine)
        return engine

    def add(self, item: Feedback, now: datetime | None = None) -> tuple[int, datetime]:
        """Keep it; its key and the day on which it is deleted. Raises SQLAlchemyError."""
        made = (now or datetime.now(UTC)).replace(tzinfo=None)
        values = {name: getattr(item, name) for name in Feedback.__slots__}
        with self._lock, self._engine.begin() as connection:
            result = connection.execute(TABLE.insert().values(made_at=made, **values))
            key = result.inserted_primary_key
        return int(key[0]) if key else 0, made + timedelta(days=self.days)

    def purge(self, now: datetime | None = None) -> int:
        """Delete what has been kept long enough; how many. Makes no file where there is none."""
        database = sa.make_url(self._url)
        if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
            return 0
        limit = (now or datetime.now(UTC)).replace(tzinfo=None) - timedelta(days=self.days)
        with self._lock, self._engine.begin() as connection:
            return connection.execute(TABLE.delete().where(TABLE.c.made_at < limit)).rowcount

    def all(self) -> list[dict[str, object]]:
        """Every remark that is kept, oldest first."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.select(TABLE).order_by(TABLE.c.key)).mappings()]

    def close(self) -> None:
        """Give the connections back."""
        if "_engine" in self.__dict__:
            self._engine.dispose()
