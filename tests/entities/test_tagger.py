"""The tagger without its trained weights: grams, decoding, the network and the folder, each against a plain reading."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from appealnlp.entities import load_recogniser
from appealnlp.entities.pattern import Candidate
from appealnlp.entities.tagger.decode import Decoder, best_path, tag_names
from appealnlp.entities.tagger.grams import codes_of, places
from appealnlp.entities.tagger.marks import KINDS, KindMarks, PatternMarks, WordMarks, classes_of
from appealnlp.entities.tagger.network import Floats, Layer, Network
from appealnlp.entities.tagger.reader import SPACES, TextReader, Vocabulary
from appealnlp.entities.tagger.store import Parts, load_tagger, save_tagger
from appealnlp.entities.tagger.tagger import Tagger, trimmed
from appealnlp.errors import ModelError
from appealnlp.text.tokens import TokenTags

RECOGNISER = load_recogniser()
TEXT = "王小明3月打过12345，住在惠城区祝屋巷12栋，请区住建局处理"


def test_a_gram_has_one_place_wherever_it_stands() -> None:
    one, other = places("在祝屋巷"), places("我住祝屋巷里")
    assert [order[1] for order in one] == [order[2] for order in other]
    assert len({int(order[i]) for order in places("祝屋巷道") for i in range(4)}) > 8


def test_digits_letters_and_full_width_forms_are_folded() -> None:
    for one, other in (("12栋", "98栋"), ("A市", "Z市"), ("k3", "x3"), ("１２栋", "12栋"), ("（甲）", "(甲)")):
        assert [order.tolist() for order in places(one)] == [order.tolist() for order in places(other)]
    assert places("a栋")[0].tolist() != places("A栋")[0].tolist()


@pytest.mark.parametrize("text", ["", "a", "𠮷野家", "\ud800", "x" * 5, "\0\0"])
def test_any_text_has_as_many_places_as_characters(text: str) -> None:
    for order, space in zip(places(text), SPACES, strict=True):
        assert len(order) == len(text)
        assert all(0 <= place < space for place in order.tolist())


def valid(tags: Sequence[int], names: Sequence[str]) -> bool:
    """Whether every entity begins, goes on and ends: spelled out from the names of the tags."""
    inside = ""
    for tag in tags:
        mark, _, label = names[tag].partition("-")
        if inside and (mark not in "IE" or label != inside):
            return False
        if not inside and mark in "IE":
            return False
        inside = label if mark in "BI" else ""
    return not inside


def test_the_best_path_is_the_best_of_all_that_fit_together() -> None:
    names, rng = tag_names(["PER", "ADDR"]), np.random.default_rng(3)
    fitting = {size: [t for t in itertools.product(range(9), repeat=size) if valid(t, names)] for size in (1, 2, 3, 4)}
    for size, _ in itertools.product((1, 2, 3, 4), range(40)):
        scores = rng.normal(size=(size, 9))
        best = max(fitting[size], key=lambda tags: sum(scores[i, tag] for i, tag in enumerate(tags)))
        assert best_path(scores.tolist(), [0, 1]) == list(best)


def one_hot(tags: Sequence[str], names: Sequence[str]) -> Floats:
    scores = np.zeros((len(tags), len(names)), np.float32)
    for place, tag in enumerate(tags):
        scores[place, names.index(tag)] = 1.0
    return scores


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("O B-PER E-PER O", [(1, 3, 0)]),
        ("B-PER E-PER B-ADDR I-ADDR E-ADDR", [(0, 2, 0), (2, 5, 1)]),
        ("S-ADDR S-ADDR O S-PER", [(0, 1, 1), (1, 2, 1), (3, 4, 0)]),
        ("O O O", []),
    ],
)
def test_tags_that_fit_together_are_read_as_they_are(tags: str, spans: list[tuple[int, int, int]]) -> None:
    names = tag_names(["PER", "ADDR"])
    assert Decoder(2).spans(one_hot(tags.split(), names)) == spans


def test_tags_that_do_not_fit_together_are_mended() -> None:
    names = tag_names(["PER", "ADDR"])
    scores = one_hot(["O", "I-ADDR", "I-ADDR", "E-ADDR", "O", "O"], names)
    scores[0, names.index("B-ADDR")] = 0.9
    assert Decoder(2).spans(scores) == [(0, 4, 1)]
    around = one_hot(["S-PER", "O", "O"], names), scores, one_hot(["O", "B-ADDR", "E-ADDR", "O"], names)
    assert Decoder(2).spans(np.concatenate(around)) == [(0, 1, 0), (3, 7, 1), (10, 12, 1)]
    rng = np.random.default_rng(5)
    for _ in range(200):
        found = Decoder(2).spans(rng.normal(size=(12, 9)).astype(np.float32))
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))
        assert all(0 <= span.start < span.end <= 12 for span in found)


def test_the_network_is_what_its_sums_say() -> None:
    rng = np.random.default_rng(1)
    tables = [np.vstack((np.zeros((1, 3)), rng.normal(size=(5, 3)))).astype(np.float32) for _ in range(2)]
    layers = [
        Layer(rng.normal(size=(9, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32), 1),
        Layer(rng.normal(size=(20, 2)).astype(np.float32), rng.normal(size=2).astype(np.float32), 2),
    ]
    weights, bias = rng.normal(size=(2, 7)).astype(np.float32), rng.normal(size=7).astype(np.float32)
    rows = [rng.integers(0, 6, 8) for _ in range(2)]
    state = [np.zeros(3)] * 3 + [tables[0][rows[0][i]] + tables[1][rows[1][i]] for i in range(8)] + [np.zeros(3)] * 3
    for layer in layers:
        width = 2 * layer.reach + 1
        seen = [np.concatenate(state[i : i + width]) for i in range(len(state) - width + 1)]
        state = [np.maximum(row @ layer.weights + layer.bias, 0) for row in seen]
    expected = np.array(state) @ weights + bias
    assert np.allclose(Network(tables, layers, weights, bias).scores(rows), expected, atol=1e-4)


def test_marks_stand_where_words_and_patterns_do() -> None:
    lexicon = RECOGNISER.lexicon
    marks = WordMarks(lexicon.meanings, classes_of(lexicon.meanings))
    begins, ends = marks.rows(len(TEXT), lexicon.scan(TEXT))
    place = TEXT.index("惠城区")
    assert begins[place] == ends[place + 2] > 0
    assert begins.max() < marks.size
    numbers = RECOGNISER.numbers(TEXT)
    time = next(item for item in numbers if item.label == "TIME")
    assert TEXT[time.start : time.end] == "3月"
    rows = PatternMarks(["MONEY", "TIME"]).rows(len(TEXT), numbers)
    assert rows[time.start : time.end].tolist() == [4, 6]
    assert PatternMarks(["MONEY"]).rows(len(TEXT), numbers).max() == 0
    kinds = KindMarks(RECOGNISER.persons).rows(codes_of("王9a，")[:-2])
    assert [KINDS[row - 1] for row in kinds.tolist()] == ["surname", "digit", "small", "mark"]


def parts(seed: int = 0) -> Parts:
    """Random weights over the grams of TEXT."""
    rng = np.random.default_rng(seed)
    vocabulary = Vocabulary.of([np.unique(found) for found in places(TEXT)], RECOGNISER)
    sizes = TextReader(vocabulary, RECOGNISER).sizes
    tables = [rng.normal(size=(size, 6)).astype(np.float32) for size in sizes]
    for table in tables:
        table[0] = 0.0
    layers = [Layer(rng.normal(size=(18, 8)).astype(np.float32), np.zeros(8, np.float32), 1)]
    weights = rng.normal(size=(8, 16)).astype(np.float32)
    return Parts(
        vocabulary, tables, layers, weights, np.zeros(16, np.float32), ["PER", "ADDR", "ORG"],
        {"ORG": ["gov", "inst", "corp"]}, ["PER", "ADDR", "ORG"],
    )  # fmt: skip


def found(tagger: Tagger, text: str) -> list[Candidate]:
    return tagger.find(text, RECOGNISER.numbers(text))


def test_a_folder_gives_back_what_was_saved(tmp_path: Path) -> None:
    made = parts()
    save_tagger(tmp_path / "tagger", "tagger", "1", "x", made, "# card")
    read = load_tagger(tmp_path / "tagger", RECOGNISER)
    fresh = made.tagger(RECOGNISER)
    assert found(fresh, TEXT)
    assert found(read, TEXT) == found(fresh, TEXT)
    assert found(read, TEXT) != found(parts(1).tagger(RECOGNISER), TEXT)
    assert {path.name for path in (tmp_path / "tagger").iterdir()} == {
        "manifest.json", "tagger.json", "tagger.safetensors", "card.md",
    }  # fmt: skip


def test_every_candidate_lies_in_its_text_and_has_a_subtype_if_its_label_has() -> None:
    tagger = parts().tagger(RECOGNISER)
    for text in ("", "，", TEXT, TEXT[::-1], "《" * 40, "\n \n", "𠮷" * 9):
        for item in found(tagger, text):
            assert 0 <= item.start < item.end <= len(text)
            assert (item.subtype in ("gov", "inst", "corp")) == (item.label == "ORG")
            assert trimmed(text, item.start, item.end) == (item.start, item.end)


def test_a_broken_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    save_tagger(folder, "tagger", "1", "x", parts(), "# card")
    path = folder / "tagger.json"
    path.write_text(path.read_text("utf-8").replace("PER", "PRE"), "utf-8")
    with pytest.raises(ModelError, match=r"tagger\.json: content does not match the manifest"):
        load_tagger(folder, RECOGNISER)
    with pytest.raises(ModelError, match="no such model folder"):
        load_tagger(tmp_path / "none", RECOGNISER)


def test_tables_of_another_size_are_refused(tmp_path: Path) -> None:
    made = parts()
    short = Parts(**{**vars(made), "tables": [made.tables[0][:-1], *made.tables[1:]]})
    save_tagger(tmp_path / "tagger", "tagger", "1", "x", short, "# card")
    with pytest.raises(ModelError, match="the tables have"):
        load_tagger(tmp_path / "tagger", RECOGNISER)


class Fixed:
    """A tagger that finds one given thing."""

    replaces = frozenset({"ADDR"})

    def __init__(self, words: str, label: str = "ADDR") -> None:
        self.words, self.label, self.hints = words, label, list[str]()

    def find_all(
        self, texts: Sequence[str], hints: Sequence[Sequence[Candidate]], tokens: Sequence[TokenTags | None], /
    ) -> list[list[Candidate]]:
        self.hints = [item.label for found in hints for item in found]
        places = [text.index(self.words) for text in texts]
        return [[Candidate(at, at + len(self.words), self.label, None, "tagger", 0.7)] for at in places]


def test_it_stands_in_the_place_of_the_grammars_and_patterns_stay() -> None:
    fixed = Fixed("惠城区祝屋巷12栋，请区")
    entities = RECOGNISER.find_tagged(TEXT, 0, fixed)
    assert [(e.label, e.text) for e in entities] == [("TIME", "3月"), ("ADDR", "惠城区祝屋巷12栋，请区")]
    assert "TIME" in fixed.hints
    assert any(e.label == "ORG" for e in RECOGNISER.find(TEXT))


@pytest.mark.parametrize(
    ("text", "words", "label", "stands"),
    [
        ("拨打12345", "345", "TIME", False), ("拨打12345", "12345", "TIME", False), ("第1500户", "1500", "ADDR", False),
        ("原价2400左右", "2400", "MONEY", True), ("从2014就开始", "2014", "TIME", True), ("12栋", "2栋", "ADDR", False),
        ("在12栋", "12栋", "ADDR", True),
    ],
)  # fmt: skip
def test_no_entity_cuts_a_number_or_is_a_bare_one(text: str, words: str, label: str, stands: bool) -> None:
    fixed = Fixed(words, label)
    fixed.replaces = frozenset({"MONEY", "TIME", "ADDR", "COUNT"})
    assert [e.text for e in RECOGNISER.find_tagged(text, 0, fixed)] == ([words] if stands else [])


def test_a_sum_behind_its_sign_is_certain() -> None:
    fixed = Fixed("200", "TIME")
    fixed.replaces = frozenset({"MONEY", "TIME"})
    (money,) = RECOGNISER.find_tagged("欠款￥1,200，收了两千块", 0, fixed)
    assert (money.label, money.text, money.value) == ("MONEY", "￥1,200", {"yuan": 1200.0})


def test_no_entity_crosses_the_end_of_the_title() -> None:
    assert RECOGNISER.find_tagged("祝屋巷\n积水", 4, Fixed("巷\n积")) == ()
    assert RECOGNISER.find_tagged("祝屋巷\n积水", 4, Fixed("祝屋巷"))


def test_what_it_finds_has_a_value_and_a_mask() -> None:
    fixed = Fixed("两千块", "MONEY")
    fixed.replaces = frozenset({"MONEY", "ADDR"})
    (money,) = RECOGNISER.find_tagged("收了两千块", 0, fixed)
    assert money.value == {"yuan": 2000}
    (place,) = RECOGNISER.find_tagged("祝屋巷12栋", 0, Fixed("祝屋巷12栋"))
    assert place.mask == "祝屋巷**栋"


def test_what_is_stored_names_nobody(tmp_path: Path) -> None:
    save_tagger(tmp_path / "tagger", "tagger", "1", "x", parts(), "# card")
    data = json.loads((tmp_path / "tagger" / "tagger.json").read_text("utf-8"))
    assert str(data).isascii()
    assert "王小明".encode() not in (tmp_path / "tagger" / "tagger.safetensors").read_bytes()
