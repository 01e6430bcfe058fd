from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from appealnlp.errors import ModelError
from appealnlp.sequence import best_path, load_tagger, save_tagger, tagger_of

SIZES, WIDTHS, HIDDEN, TAGS = (7, 5), (3, 2), 4, ("O", "B-a", "I-a")


def tensors() -> dict[str, np.ndarray]:
    dice = np.random.default_rng(1)
    shapes = {f"table.{n}": (rows, width) for n, (rows, width) in enumerate(zip(SIZES, WIDTHS, strict=True))}
    shapes |= {"weight.0": (3 * sum(WIDTHS), HIDDEN), "bias.0": (HIDDEN,)}
    for place in (1, 2):
        shapes |= {f"weight.{place}": (3 * HIDDEN, HIDDEN)}
        shapes |= {f"{name}.{place}": (HIDDEN,) for name in ("bias", "scale", "shift")}
    shapes |= {"head": (HIDDEN, 3), "head_bias": (3,), "moves": (3, 3), "first": (3,), "last": (3,)}
    return {name: dice.normal(size=shape).astype(np.float16) for name, shape in shapes.items()}


def columns(count: int) -> np.ndarray:
    dice = np.random.default_rng(count)
    return np.stack([dice.integers(0, rows, count) for rows in SIZES], axis=1)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_best_path_is_the_best_of_all(count: int) -> None:
    dice = np.random.default_rng(count)
    scores, moves = dice.normal(size=(count, 3)).astype(np.float32), dice.normal(size=(3, 3)).astype(np.float32)
    first, last = dice.normal(size=(2, 3)).astype(np.float32)

    def worth(path: tuple[int, ...]) -> float:
        inner = sum(scores[place, tag] for place, tag in enumerate(path))
        steps = sum(moves[a, b] for a, b in pairwise(path))
        return float(inner + steps + first[path[0]] + last[path[-1]])

    assert tuple(best_path(scores, moves, first, last)) == max(product(range(3), repeat=count), key=worth)


def test_a_position_sees_so_far_and_no_farther() -> None:
    """A first layer of one step, then one and two: four positions to each side."""
    tagger, changed = tagger_of(TAGS, tensors()), columns(20)
    before = tagger.scores(columns(20))
    changed[10] = (changed[10] + 1) % SIZES
    moved = np.flatnonzero(np.abs(tagger.scores(changed) - before).max(1) > 1e-6)
    assert moved.min() >= 6
    assert moved.max() <= 14


def test_nothing_in_nothing_out() -> None:
    assert tagger_of(TAGS, tensors()).decode(columns(0)) == []


def test_stored_and_loaded(tmp_path: Path) -> None:
    save_tagger(tmp_path, "small", TAGS, tensors(), {"components": {"a": "road"}})
    tagger, about = load_tagger(tmp_path, "small")
    assert about["components"] == {"a": "road"}
    assert np.array_equal(tagger.scores(columns(9)), tagger_of(TAGS, tensors()).scores(columns(9)))


def test_a_broken_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_tagger(tmp_path, "small")
    save_tagger(tmp_path, "small", TAGS[:2], tensors(), {})
    with pytest.raises(ModelError, match="the list has 2"):
        load_tagger(tmp_path, "small")


def test_torch_and_numpy_agree_and_learn() -> None:
    torch = pytest.importorskip("torch", reason="training needs torch")
    from appealnlp_training.convolution import Settings, train

    settings = Settings(
        widths=WIDTHS, hidden=8, depth=2, dropout=0.0, blank=0.1, blanked=((1,),), epochs=12, rate=0.02, decay=0.0,
        batch=8, seed=1,
    )  # fmt: skip
    inputs = [columns(count % 9 + 2) for count in range(60)]
    labels = [(item[:, 0] % 3).astype(np.int64) for item in inputs]
    losses: list[float] = []
    network = train(inputs, labels, SIZES, 3, settings, lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 3
    tagger = tagger_of(TAGS, network.arrays())
    with torch.no_grad():
        wanted = network(torch.from_numpy(inputs[3])[None], torch.ones(1, len(inputs[3])))[0].numpy()
    assert np.allclose(tagger.scores(inputs[3]), wanted, atol=1e-4)
    assert tagger.decode(inputs[3]) == labels[3].tolist()
