"""What a client may send: the forms of bodies and messages, and the way from them to an Appeal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appealnlp import Appeal, InputError
from appealnlp_serve.errors import ApiError
from appealnlp_serve.strictjson import parse_object

Include = Literal["masked", "why", "scores"]
Head = Literal["type", "target", "topic", "urgency", "department"]
_Moment = Annotated[str, Field(max_length=40, description="ISO 8601 such as 2024-05-01T09:30:00, or 2024/5/1 9:30")]
_YEARS = range(1949, 2101)
Form = TypeVar("Form", bound="Strict")


class Strict(BaseModel):
    """No unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class About(Strict):
    """What is known of an appeal besides its words."""

    title: Annotated[str | None, Field(max_length=1000)] = None
    id: Annotated[str | None, Field(max_length=200, description="the caller's own key, given back")] = None
    received_at: _Moment | None = None
    area: Annotated[str | None, Field(max_length=20, description="code of the division where it came in")] = None


class AppealIn(About):
    """One appeal."""

    text: Annotated[str, Field(min_length=1, description="what the citizen wrote or said")]


class AnalyzeIn(AppealIn):
    """One appeal, and what is wanted besides the analysis."""

    include: Annotated[list[Include], Field(max_length=3, description="more to give back")] = []


class BatchIn(Strict):
    """Several appeals; each is answered in its place, with an analysis or an error."""

    appeals: Annotated[list[AppealIn], Field(min_length=1)]
    include: Annotated[list[Include], Field(max_length=3)] = []


class FeedbackIn(Strict):
    """A correction (field, given, correct) or a returned work order (given: the unit that returned it; reason)."""

    kind: Literal["correction", "returned"]
    text: Annotated[str, Field(min_length=1, description="the appeal; it is masked before it is kept")]
    title: Annotated[str | None, Field(max_length=1000)] = None
    field: Head | None = None
    given: Annotated[str | None, Field(max_length=200, description="label that was given")] = None
    correct: Annotated[str | None, Field(max_length=200, description="label that is right")] = None
    reason: Annotated[str | None, Field(max_length=2000, description="in the human's words; masked")] = None


class LiveIn(Strict):
    """A message of a call: start (what is known), words (more words), transcript (all words, revised), end."""

    type: Literal["start", "words", "transcript", "end"]
    text: str = ""
    title: Annotated[str | None, Field(max_length=1000)] = None
    id: Annotated[str | None, Field(max_length=200)] = None
    received_at: _Moment | None = None
    area: Annotated[str | None, Field(max_length=20)] = None


def read(form: type[Form], body: bytes) -> Form:
    """The body as ``form``. Raises ApiError; the field it names is one of ours."""
    return checked(form, parse_object(body))


def checked(form: type[Form], value: dict[str, Any]) -> Form:
    """The same for a parsed value."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        code = "empty_text" if first["type"] == "string_too_short" else "invalid_field"
        raise ApiError("too_long" if first["type"] == "string_too_long" else code, _field(first["loc"])) from None


_NAMES = frozenset({*AnalyzeIn.model_fields, *BatchIn.model_fields, *FeedbackIn.model_fields, *LiveIn.model_fields})


def _field(place: tuple[int | str, ...]) -> str | None:
    """The path of a field as far as its names are ours."""
    known = [str(part) for part in place if isinstance(part, int) or part in _NAMES]
    return ".".join(known) or None


def appeal_of(text: str, about: About, most: int) -> Appeal:
    """An Appeal of the library. Raises ApiError."""
    if len(text) + len(about.title or "") > most:
        raise ApiError("too_long", "text")
    if not text.strip() and not (about.title or "").strip():
        raise ApiError("empty_text", "text")
    received = moment(about.received_at)
    try:
        return Appeal(text=text, title=about.title, received_at=received, area=about.area, id=about.id)
    except InputError:
        raise ApiError("binary_text", "text") from None


def moment(value: str | None) -> datetime | None:
    """A moment, read as the library reads it. Raises ApiError invalid_moment."""
    if value is None:
        return None
    try:
        found = Appeal.of({"text": "-", "received_at": value}).received_at
    except (InputError, ValueError, OverflowError):
        raise ApiError("invalid_moment", "received_at") from None
    if found is None or found.year not in _YEARS:
        raise ApiError("invalid_moment", "received_at")
    return found
