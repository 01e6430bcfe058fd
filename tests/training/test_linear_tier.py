"""The training programs on a part of our own appeals: a model folder comes out that the library loads."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import appealnlp
from appealnlp.classify.linear import Head
from appealnlp.errors import TableError
from appealnlp.schemes import shipped
from appealnlp_training import corpus, data, decide
from appealnlp_training.fitted import Fitted
from appealnlp_training.linear import CONFIGS, examples_of, train
from appealnlp_training.metrics import abstention, bootstrap, calibration_error, f1_of_counts, macro_f1, set_counts
from appealnlp_training.prepare import gold, own
from appealnlp_training.readings import build_vocabulary, reading_of
from appealnlp_training.records import LABELS, Record, digest, fold_of, read_records, write_records
from appealnlp_training.replies import unit_in_reply
from appealnlp_training.solve import Solver, Targets, temperature

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return own(ROOT / "corpora" / "own")[::6]


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    settings = tomllib.loads((CONFIGS / "linear.toml").read_text("utf-8"))
    return settings | {"folds": 2, "features": settings["features"] | {"limits": {"body": 3000, "title": 500}}}


@pytest.fixture(scope="module")
def trained(records: list[Record], config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "small"
    figures = train(records, {}, config, out, "7", folds=out.parent / "folds.npz")
    appeals = [record for record in records if record.type not in shipped().no_appeal]
    assert 0 < len(appeals) < len(records)
    assert figures["n"] == len(appeals)  # texts that are no appeals teach the type and are measured apart
    return out


def test_a_trained_folder_is_a_model(trained: Path) -> None:
    nlp = appealnlp.load(trained)
    analysis = nlp("请问公积金怎么提取？")
    assert analysis.model == {"name": "small", "version": "7"}
    assert analysis.to_dict(scores=True)["source_scores"] == {}


def test_it_learned_more_than_the_majority(trained: Path, records: list[Record]) -> None:
    scores = np.load(trained.parent / "folds.npz")
    heads = {head.name: head.classes for head in appealnlp.load(trained).stored.linear.heads}
    truth = {record.id: record.department for record in records}
    guess = [heads["department"][i] for i in scores["department"].argmax(1)]
    right = np.mean([truth[str(key)] == unit for key, unit in zip(scores["ids"], guess, strict=True)])
    counts = [list(truth.values()).count(unit) for unit in set(truth.values())]
    assert right > 1.5 * max(counts) / len(truth)


def test_features_of_few_groups_are_left_out(records: list[Record]) -> None:
    readings = [reading_of(record) for record in records]
    vocabulary = build_vocabulary(readings, [r.group for r in records], min_groups=5, limits={}, weights={})
    texts = {}
    for record, reading in zip(records, readings, strict=True):
        texts.setdefault(record.group, []).append(reading.content.lower())
    for gram in vocabulary.columns["body"][:: max(1, len(vocabulary.columns["body"]) // 40)]:
        if gram.isalpha():
            assert sum(any(gram in text.replace(" ", "") for text in group) for group in texts.values()) >= 5


def test_a_solver_gives_the_logistic_regression_of_its_rows_and_a_low_bias_without_examples() -> None:
    rng = np.random.default_rng(1)
    rows = sparse.random(60, 200, 0.1, "csr", dtype=np.float32, rng=rng)
    labels = rng.integers(0, 3, 60)
    targets = Targets(np.arange(60), labels, np.ones(60, np.float32))
    weights, bias = Solver(2.0).fit(rows, targets, 4)
    direct = LogisticRegression(C=2.0, max_iter=500).fit(rows, labels)
    mine = rows @ weights.T + bias
    theirs = direct.decision_function(rows)
    # both stop at a tolerance of their own, so scores agree closely, not exactly
    assert np.corrcoef((mine[:, :3] - mine[:, :1]).ravel(), (theirs - theirs[:, :1]).ravel())[0, 1] > 0.998
    assert (mine[:, :3].argmax(1) == theirs.argmax(1)).mean() > 0.96
    assert (mine[:, 3] < mine[:, :3].min(1)).mean() > 0.9


def test_temperature_makes_sure_scores_milder() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 400)
    scores = rng.normal(size=(400, 3)).astype(np.float32)
    scores[np.arange(400), labels] += 1.0
    assert temperature(scores * 6, labels) == pytest.approx(6 * temperature(scores, labels), rel=0.2)


def test_folds_never_cut_a_group() -> None:
    assert {fold_of("g", 5) for _ in range(3)} == {fold_of("g", 5)}
    assert {fold_of(str(i), 5) for i in range(100)} == set(range(5))


def test_every_appeal_teaches_once_more_as_a_call_brings_it(records: list[Record], config: dict[str, Any]) -> None:
    found = examples_of(records, [reading_of(record) for record in records], {}, config)
    read = [example for example in found if example.record]
    more = [example for example in found if not example.record and example.flags is not None]  # as called
    assert len(read) == sum(record.is_labelled for record in records)
    assert sorted({example.weight for example in more}) == pytest.approx([0.3 * 0.7, 0.3])
    assert {example.group for example in more} <= {example.group for example in read}  # no fold parts them


@pytest.mark.parametrize(
    ("label", "others", "also", "expected"),
    [("a", [], 0.2, [("a", 1.0)]), ("a", ["b"], 0.2, [("a", 0.8), ("b", 0.2)]), ("a", ["b"], 0.0, [("a", 1.0)])],
)
def test_shares(label: str, others: list[str], also: float, expected: list[tuple[str, float]]) -> None:
    assert data.shares(label, others, also) == expected


def test_every_class_has_an_example_from_the_scheme() -> None:
    made = data.from_scheme(shipped(), 0.3)
    named = {label for example in made for label, _ in example.labels.get("department", ())}
    assert named == set(shipped().departments)


@pytest.mark.parametrize(
    ("reply", "unit"),
    [
        ("您好，市住房和城乡建设局调查核实后回复如下：该小区已完成整改。", "housing"),
        ("经区教育局核实，学校已退费。", "education"),
        ("感谢您的留言，我们将转相关部门处理。", None),
        ("建议您向人力资源和社会保障局咨询。", None),
        ("", None),
    ],
)
def test_unit_in_a_reply(reply: str, unit: str | None) -> None:
    assert unit_in_reply(reply) == unit


def test_thresholds() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.55, 0.45]], np.float32)
    truth = np.array([0, 0, 0, 1])
    assert decide.review_threshold(chances, truth, 1.0) == pytest.approx(0.6, abs=1e-3)
    assert 0.0 <= decide.set_mass(chances, truth, 0.75) <= 1.0


def test_metrics() -> None:
    truth, guess = np.array(["a", "a", "b"]), np.array(["a", "b", "b"])
    assert macro_f1(truth, guess) == pytest.approx(2 / 3)
    assert f1_of_counts(*map(np.array, set_counts([{"x"}, {"y"}], [{"x"}, set()]))) == pytest.approx(2 / 3)
    assert abstention([True, False], [0.9, 0.1], [0.5]) == {0.5: 1.0}
    assert calibration_error([True, False], [1.0, 0.0]) == 0.0
    figure = bootstrap("x", lambda values: float(values.mean()), [1.0] * 20)
    assert (figure.low, figure.value, figure.high, figure.n) == (1.0, 1.0, 1.0, 20)


def test_records_survive_a_file(records: list[Record], tmp_path: Path) -> None:
    odd = Record("x", "g", "own", "", "一行\u2028两行")
    assert write_records(tmp_path / "r.jsonl", [*records[:5], odd]) == 6
    assert read_records(tmp_path / "r.jsonl") == [*records[:5], odd]


@pytest.mark.parametrize(
    ("line", "words"), [("{", "not JSON"), ("[1]", "expected an object"), ('{"id": "x"}', "no record")]
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "r.jsonl").write_text("\n" + line + "\n", "utf-8")
    with pytest.raises(TableError, match=f"r.jsonl:2: {words}"):
        read_records(tmp_path / "r.jsonl")


def test_labels_point_into_a_text_that_must_not_change() -> None:
    label = {"id": "a", "type": "consult", "flags": {"repeat": "多次反映"}, "entities": [["ADDR", "甲路"]]}
    published = {"id": "a", "title": "", "text": "甲路的事多次反映", "group": 3}
    row = corpus.with_offsets(label, "甲路的事多次反映", "here:1")
    assert row["flags"] == {"repeat": [4, 8]}
    record = corpus.with_strings(row, published, "here:1")
    assert (record.flags, record.entities, record.group) == ({"repeat": "多次反映"}, [["ADDR", "甲路"]], "3")
    with pytest.raises(TableError, match="has changed"):
        corpus.with_strings(row | {"digest": digest("other")}, published, "here:1")
    with pytest.raises(TableError, match="not in the text"):
        corpus.with_offsets(label, "乙路", "here:1")


def test_our_labels_fit_the_shared_texts(shared: Path) -> None:
    records = corpus.read_labels(ROOT / "corpora" / "labels" / "appeals.jsonl", shared)
    assert len(records) >= 2000
    dev = {record.group for record in gold(
        shared / "data" / "gold" / "dev.jsonl")}  # fmt: skip
    assert not dev & {record.group for record in records}


def _urgencies(chances: list[float], urgent: list[bool]) -> tuple[list[data.Example], Fitted]:
    """Rows with so much of the probability on "urgent", the rest on "normal"; which of them are urgent."""
    logits = np.log(np.array([[1e-6, c, 1 - c] for c in chances], np.float32))
    record = Record("1", "g", "read", "", "停水了")
    labels = {name: [("some", 1.0)] for name in LABELS}
    examples = [data.Example(reading_of(record), "g", labels, 1.0, record) for _ in chances]
    empty = np.empty((0, 0), np.float32)
    head = Head("urgency", ("critical", "urgent", "normal"))
    truth = np.array([1 if it else 2 for it in urgent])
    return examples, Fitted(head, empty, empty[:, :0], logits, truth)


def test_the_threshold_of_urgent_misses_least_at_the_precision_asked_for() -> None:
    # 40 of the 50 surest are urgent, 20 of the next 50, none of the rest
    chances = [0.8] * 50 + [0.5] * 50 + [0.1] * 100
    urgent = [True] * 40 + [False] * 10 + [True] * 20 + [False] * 130
    examples, item = _urgencies(chances, urgent)
    found = {p: decide.urgency_thresholds(examples, item, shipped(), p)["urgent"] for p in (0.6, 0.7, 0.9)}
    assert 0.1 < found[0.6] <= 0.5  # 60 of 100
    assert 0.5 < found[0.7] <= 0.8  # 40 of 50
    assert 0.1 < found[0.9] <= 0.5  # nowhere: the best F1


def test_flags_of_no_rows_are_none_right() -> None:
    nothing = np.empty((0, 1))
    assert decide.f1_of_flags([], nothing, nothing > 0, {"group": 0.5}, frozenset({"group"})) == 0
