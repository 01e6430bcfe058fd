"""Label schemes as data: labels, departments, topics, crosswalks, and the one loader that checks them."""

from appealnlp.schemes.loader import SHIPPED, lint_scheme, load_scheme, shipped
from appealnlp.schemes.scheme import Crosswalk, Department, Label, Scheme, Topics

__all__ = ["SHIPPED", "Crosswalk", "Department", "Label", "Scheme", "Topics", "lint_scheme", "load_scheme", "shipped"]
