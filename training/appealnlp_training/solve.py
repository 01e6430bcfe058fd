"""Fits one head: regularised logistic regression on sparse rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from appealnlp.classify.features import Floats


@dataclass(frozen=True)
class Targets:
    """What rows should be told apart as: a row may stand for several classes with shares of its weight."""

    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    shares: Floats


@dataclass(frozen=True)
class Solver:
    """How one head is fitted.

    ``balance`` 0 takes the classes as they occur, 1 gives every class the same total weight. Every fit starts anew:
    one that started from the last fold's weights would know the rows that it is measured on.
    """

    c: float
    balance: float = 0.0
    loss: str = "logistic"

    def fit(self, rows: sparse.csr_matrix, targets: Targets, classes: int) -> tuple[Floats, Floats]:
        """Weights (one row a class) and bias. A class without examples gets weight 0 and the lowest bias."""
        present, labels = np.unique(targets.labels, return_inverse=True)
        totals = np.bincount(labels, weights=targets.shares)
        shares = targets.shares * ((totals.mean() / totals) ** self.balance)[labels]
        hinge = self.loss == "hinge"
        model = LinearSVC(C=self.c) if hinge else LogisticRegression(C=self.c, max_iter=200, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(rows[targets.rows], labels, sample_weight=shares)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(present) == 2:  # scikit-learn keeps one row for two classes
            coefficients = np.vstack([-coefficients, coefficients]) / 2
            intercepts = np.array([-1, 1]) * intercepts / 2
        weights = np.zeros((classes, rows.shape[1]), np.float32)
        bias = np.full(classes, float(intercepts.min()) - 4.0, np.float32)
        weights[present], bias[present] = coefficients, intercepts
        return weights, bias


def fit_flags(
    rows: sparse.csr_matrix, truth: npt.NDArray[np.bool_], chosen: npt.NDArray[np.int64], *, c: float
) -> tuple[Floats, Floats]:
    """One yes-or-no model a column of ``truth``, on sparse rows: weights (one row a column) and bias."""
    weights = np.zeros((truth.shape[1], rows.shape[1]), np.float32)
    bias = np.full(truth.shape[1], -6.0, np.float32)
    for column in range(truth.shape[1]):
        labels = truth[chosen, column]
        if labels.any():
            model = LogisticRegression(C=c, solver="liblinear", dual=True, max_iter=300, random_state=0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(rows[chosen], labels)
            weights[column], bias[column] = model.coef_[0], model.intercept_[0]
    return weights, bias


def temperature(scores: Floats, labels: npt.NDArray[np.int64]) -> float:
    """The divisor of the scores that makes the log loss of held-out labels least (Guo et al. 2017)."""
    candidates = np.exp(np.linspace(np.log(0.05), np.log(20), 121))
    losses = [log_loss(scores / value, labels) for value in candidates]
    return float(candidates[int(np.argmin(losses))])


def log_loss(scores: Floats, labels: npt.NDArray[np.int64]) -> float:
    """Mean log loss of raw scores, one row a text."""
    shifted = scores - scores.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean())
