"""What tokens say of their characters, and how it is joined with the tagger's scores."""

from __future__ import annotations

import numpy as np
import pytest

from appealnlp.entities.tagger.decode import Decoder, tag_names
from appealnlp.entities.tagger.tokens import joined, spread
from appealnlp.text.tokens import TokenTags

LABELS = ("PER", "ORG")
NAMES = ("O", "B-PER", "I-PER", "B-ORG:gov", "I-ORG:gov", "B-ORG:corp", "I-ORG:corp", "B-LAW", "I-LAW")


def tokens(script: str, offsets: list[tuple[int, int]], share: float = 0.5) -> TokenTags:
    """Tokens of which each is sure of one tag."""
    scores = np.full((len(script), len(NAMES)), -20.0, np.float32)
    scores[np.arange(len(script)), [int(letter) for letter in script]] = 0.0
    return TokenTags(NAMES, scores, offsets, share)


def tags_of(given: TokenTags, length: int) -> list[str]:
    found, _ = spread(given, LABELS, length)
    return [tag_names(LABELS)[column] for column in found.argmax(1)]


@pytest.mark.parametrize(
    ("script", "offsets", "expected"),
    [
        ("012", [(0, 0), (0, 2), (2, 3)], ["B-PER", "I-PER", "E-PER"]),
        ("01", [(0, 0), (0, 1)], ["S-PER"]),
        ("0110", [(0, 0), (0, 1), (1, 2), (2, 3)], ["S-PER", "S-PER", "O"]),
        ("0340", [(0, 0), (0, 2), (2, 4), (4, 5)], ["B-ORG", "I-ORG", "I-ORG", "E-ORG", "O"]),
        ("07", [(0, 0), (0, 2)], ["O", "O"]),  # a label that the tagger has no tags for
    ],
)
def test_characters_take_the_tags_of_their_tokens(
    script: str, offsets: list[tuple[int, int]], expected: list[str]
) -> None:
    assert tags_of(tokens(script, offsets), len(expected)) == expected


def test_subtypes_of_one_label_count_together() -> None:
    given = tokens("3", [(0, 2)])
    given.scores[0, 5] = 0.0  # half gov, half corp
    found, _ = spread(given, LABELS, 2)
    assert found[0, tag_names(LABELS).index("B-ORG")] == pytest.approx(1.0, abs=1e-4)


def test_what_no_token_covers_is_left_to_the_tagger() -> None:
    given = tokens("01", [(0, 0), (0, 2)])
    found, covered = spread(given, LABELS, 4)
    assert covered.tolist() == [True, True, False, False]
    assert found.sum(1) == pytest.approx([1, 1, 0, 0], abs=1e-4)
    scores = np.random.default_rng(1).normal(size=(4, len(tag_names(LABELS)))).astype(np.float32)
    mixed = joined(scores, given, LABELS)
    assert mixed[2:].argmax(1).tolist() == scores[2:].argmax(1).tolist()
    assert np.exp(mixed[2:]).sum(1) == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.parametrize(("share", "expected"), [(0.05, [(0, 1, 1)]), (0.95, [(0, 2, 0)])])
def test_the_share_decides_who_is_believed(share: float, expected: list[tuple[int, int, int]]) -> None:
    scores = np.zeros((2, len(tag_names(LABELS))), np.float32)
    scores[0, tag_names(LABELS).index("S-ORG")] = scores[1, 0] = 4.0
    mixed = joined(scores, tokens("1", [(0, 2)], share), LABELS)
    assert [tuple(item) for item in Decoder(len(LABELS)).spans(mixed)] == expected


def test_a_gap_between_tokens_ends_an_entity() -> None:
    """A long text is read as its head and its tail: nothing goes on over what lies between."""
    assert tags_of(tokens("12", [(0, 2), (5, 7)]), 7)[:2] == ["B-PER", "E-PER"]


def test_no_text_is_no_error() -> None:
    found, covered = spread(tokens("00", [(0, 0), (0, 0)]), LABELS, 0)
    assert (found.shape, covered.shape) == ((0, 9), (0,))
