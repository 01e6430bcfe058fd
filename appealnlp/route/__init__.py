"""Routing: where the matter goes, by which path and by when, after a policy that is data."""

from appealnlp.route.facts import Facts
from appealnlp.route.files import shipped_policies
from appealnlp.route.loader import load_policy
from appealnlp.route.policy import Policy
from appealnlp.route.router import Answer, Router

__all__ = ["Answer", "Facts", "Policy", "Router", "load_policy", "shipped_policies"]
