"""Drafts of notices to the citizen (受理告知, 不予受理告知) by templates of a policy; a human sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from appealnlp.analysis import Analysis
from appealnlp.route.policy import NoticeForms, Policy
from appealnlp.schemes import Scheme

FIELDS = ("id", "who", "received", "type", "topic", "excerpt", "lead", "co", "reason", "basis", "policy")
"""What a template may ask for in {braces}, beside ``due:STEP`` (by when a step is due)."""
PLACE = re.compile(r"\{([a-z]+(?::[a-z_]+)?)\}")
_EXCERPT = 40
_SENTENCE = re.compile("[。！？!?\n]")


def draft(policy: Policy, scheme: Scheme, received: datetime | None, analysis: Analysis) -> str | None:
    """The draft for one appeal, None where the policy has no template for it. No personal data beyond masks."""
    forms = policy.notices
    if forms is None or not analysis.is_appeal:
        return None
    if analysis.route.not_accepted is not None:
        template = forms.not_accepted
    else:
        template = forms.accepted if analysis.type.label in forms.types else None
    if template is None:
        return None
    values = _values(policy, scheme, forms, received, analysis)
    return PLACE.sub(lambda found: values.get(found[1]) or forms.blank, template)


def _values(
    policy: Policy, scheme: Scheme, forms: NoticeForms, received: datetime | None, analysis: Analysis
) -> Mapping[str, str | None]:
    route = analysis.route
    refused: Mapping[str, str] = route.not_accepted or {}
    units = {role: "、".join(u.name for u in analysis.departments if u.role == role) for role in ("lead", "co")}
    steps = {f"due:{item.step}": _day(item.due) for item in route.deadlines if item.due}
    bases = dict.fromkeys(item.basis for item in route.deadlines if item.basis and item.step in forms.steps)
    return {
        **steps,
        "id": analysis.id,
        "who": _who(policy, forms, analysis),
        "received": _day(received),
        "type": scheme.types[analysis.type.label].name,
        "topic": analysis.topic.path[-1],
        "excerpt": excerpt(analysis.masked()),
        "lead": units["lead"],
        "co": units["co"] or forms.nobody,
        "reason": refused.get("reason", "").partition("：")[2],
        "basis": "、".join(bases),
        "policy": policy.name,
    }


def _who(policy: Policy, forms: NoticeForms, analysis: Analysis) -> str | None:
    """The masked name of the one who appeals, where an entity is known to be that; nobody is guessed.

    A telephone number may be the writer's too: only an entity that names a person is a name.
    """
    names = (item for item in analysis.entities if item.label in policy.labels.person)
    return next((item.mask for item in names if item.role in forms.roles and item.mask), None)


def _day(moment: datetime | str | None) -> str | None:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{moment.year}年{moment.month}月{moment.day}日" if moment else None


def excerpt(masked: str) -> str:
    """The first sentence, cut short."""
    first = next((part.strip() for part in _SENTENCE.split(masked) if part.strip()), "")
    return first if len(first) <= _EXCERPT else f"{first[:_EXCERPT]}…"


def unknown_fields(template: str) -> Iterable[str]:
    """What stands in braces and is no field."""
    for name in re.findall(r"\{([^{}]*)\}", template):
        if name not in FIELDS and not name.startswith("due:"):
            yield name
