"""The baseline that figures stand beside: words of jieba, TF-IDF, a linear support vector machine for one head."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from appealnlp_training.records import Record


def pipeline() -> Pipeline:
    """An untrained baseline over contents."""
    import jieba

    jieba.setLogLevel(60)
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return make_pipeline(words, LinearSVC(C=1.0))


def predict(train: Sequence[Record], head: str, records: Sequence[Record]) -> list[str]:
    """Labels of ``records`` after training on ``train``."""
    model = pipeline().fit([record.content for record in train], [str(getattr(record, head)) for record in train])
    return [str(label) for label in model.predict([record.content for record in records])]
