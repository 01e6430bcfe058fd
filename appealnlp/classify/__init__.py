"""Classifying: features, the linear model, model folders, decisions and their explanation."""

from appealnlp.classify.decider import Decider
from appealnlp.classify.features import Reading
from appealnlp.classify.linear import Head, LinearModel
from appealnlp.classify.store import Decisions, Stored, load_model
from appealnlp.modelfolder import check_model_folder

__all__ = ["Decider", "Decisions", "Head", "LinearModel", "Reading", "Stored", "check_model_folder", "load_model"]
