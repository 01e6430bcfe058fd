"""Trains the address parser on character BIO, measures it, writes its model folder.

python -m appealnlp_training.address --train address_train.bio --figures figures.md    # on a fold held back
python -m appealnlp_training.address --train address_train.bio --out models/address --card figures.md
python -m appealnlp_training.address --measure address_dev.bio                         # the shipped model
"""

from __future__ import annotations

import argparse
import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appealnlp.address.features import SIZES, columns
from appealnlp.address.names import load_names
from appealnlp.address.parser import spans as pieces
from appealnlp.errors import InputError
from appealnlp.modelfolder import model_draft, seal
from appealnlp.sequence import ConvolutionTagger, save_tagger, tagger_of

CONFIG = Path(__file__).parent / "configs" / "address.toml"
Span = tuple[str, int, int]


@dataclass(frozen=True)
class Example:
    """An address and the label of each sign: B- and I- with a tag of the data set in lower case, or O."""

    text: str
    labels: tuple[str, ...]


def read_bio(path: Path, config: Mapping[str, Any]) -> list[Example]:
    """One sign, or number, and its tag a line, a blank line after each address. Raises InputError with the line.

    Tags of one component, and those that are not scored and rare, are put together as ``config["joined"]`` says.
    """
    joined = config["joined"]
    out: list[Example] = []
    signs: list[str] = []
    labels: list[str] = []
    for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], 1):
        if line.strip():
            sign, _, label = line.rpartition(" ")
            if not sign or (label != "O" and label[:2] not in ("B-", "I-")):
                raise InputError(f"{path}: line {number}: expected a sign, a blank and a tag, found {line[:20]!r}")
            tag = label[2:].lower()
            known = joined.get(tag, tag)
            signs.append(sign)  # a number or a word of Latin letters is one sign of the file
            labels.append(label[:2] + known)
            labels += [f"I-{known}" if known else label] * (len(sign) - 1)
        elif signs:
            out.append(Example("".join(signs), tuple(labels)))
            signs, labels = [], []
    return out


def spans(labels: Iterable[str], names: Mapping[str, str]) -> set[Span]:
    """(component, start, end) of the labels that ``names`` maps."""
    return {(names[tag], start, end) for tag, start, end in pieces(list(labels)) if tag in names}


def f1(pairs: Iterable[tuple[set[Span], set[Span]]]) -> tuple[float, dict[str, tuple[int, int, int]]]:
    """Micro-F1 of (wanted, found), and (right, wrong, missed) by component."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for wanted, found in pairs:
        right.update(item[0] for item in wanted & found)
        wrong.update(item[0] for item in found - wanted)
        missed.update(item[0] for item in wanted - found)
    total = 2 * right.total() + wrong.total() + missed.total()
    names = sorted(set(right) | set(wrong) | set(missed))
    return 2 * right.total() / max(total, 1), {name: (right[name], wrong[name], missed[name]) for name in names}


@dataclass(frozen=True)
class Trained:
    """Tags and arrays of a trained tagger, as they are stored."""

    tags: tuple[str, ...]
    tensors: dict[str, Any]

    @property
    def tagger(self) -> ConvolutionTagger:
        """The tagger as it is loaded, with half floats."""
        return tagger_of(self.tags, {name: value.astype(np.float16) for name, value in self.tensors.items()})


def train(examples: Sequence[Example], config: Mapping[str, Any]) -> Trained:
    """A tagger over the tags of the data set."""
    from appealnlp_training.convolution import Settings, train  # here, since it needs torch

    names = load_names()
    tags = sorted({label for example in examples for label in example.labels})
    number = {tag: place for place, tag in enumerate(tags)}
    inputs = [columns(example.text, names) for example in examples]
    labels = [np.array([number[label] for label in example.labels]) for example in examples]
    given = dict(config["training"])
    settings = Settings(**given | {"widths": tuple(given["widths"]), "blanked": tuple(map(tuple, given["blanked"]))})
    print(f"{len(examples)} addresses, {len(tags)} tags", flush=True)
    network = train(inputs, labels, SIZES, len(tags), settings, lambda n, loss: print(n, f"{loss:.3f}", flush=True))
    return Trained(tuple(tags), network.arrays())


def measured(
    tagger: ConvolutionTagger, examples: Sequence[Example], config: Mapping[str, Any]
) -> tuple[float, dict[str, tuple[int, int, int]]]:
    """Micro-F1 over the scored components, and the counts of each."""
    names, mapping = load_names(), config["tags"]

    def found(example: Example) -> set[Span]:
        path = tagger.decode(columns(example.text, names))
        return spans((tagger.tags[tag] for tag in path), mapping)

    return f1((spans(example.labels, mapping), found(example)) for example in examples)


def fold_of(example: Example, count: int) -> int:
    """The same fold for addresses that differ in their numbers alone."""
    plain = "".join(sign for sign in example.text if not sign.isdigit())
    return hashlib.sha256(plain.encode()).digest()[0] % count


def table(score: float, parts: Mapping[str, tuple[int, int, int]]) -> list[str]:
    """Lines of Markdown: F1 of all components and of each."""
    total = sum(right + missed for right, _, missed in parts.values())
    lines = ["| component | n | F1 |", "|---|---|---|", f"| all (micro) | {total} | {score:.4f} |"]
    for name, (right, wrong, missed) in parts.items():
        lines.append(f"| {name} | {right + missed} | {2 * right / max(2 * right + wrong + missed, 1):.3f} |")
    return lines


def save(folder: Path, trained: Trained, config: Mapping[str, Any], figures: str, count: int) -> None:
    """Write the model folder; an older one in its place is exchanged only when the new one is complete."""
    with model_draft(folder) as draft:
        save_tagger(draft, "address", trained.tags, trained.tensors, {"components": config["tags"]})
        (draft / "card.md").write_text(_CARD.format(count=count, figures=figures), "utf-8")
        seal(draft, "address", "1", "none")


_CARD = """# address 1

Parser of Chinese addresses into components: a small convolutional network over hashed columns with a linear chain
over its tags, some 0.6 million numbers.

## Data 数据

- {count} address strings with character labels (NAACL 2019, neural Chinese address parsing; the source states no
  licence). address_dev.bio took no part.
- Names of divisions from the gazetteer of the library (see appealnlp/address/data/SOURCE.md).

## Figures 检验

{figures}

Spans must agree exactly; country, person, assist, redundant and otherinfo are not scored.
On address_dev.bio: `python -m appealnlp_training.address --measure address_dev.bio`.

## Forbidden uses 禁止用途

Never to score, profile or rank citizens, to find where a private person lives, or to link appeals by person.
不得用于对公民评分、画像、排名，不得用于查找个人住址，不得按人关联诉求。

Vocabulary: none. A sign enters as the remainder of its code point, every digit as 0 and every Latin letter as A, so
that no number can be learnt.
"""


def _split(examples: Sequence[Example], config: Mapping[str, Any], fold: int) -> tuple[list[Example], list[Example]]:
    kept = [item for item in examples if fold_of(item, config["folds"]) != fold]
    held = [item for item in examples if fold_of(item, config["folds"]) == fold]
    return kept, held


def main() -> None:
    """Figures on a fold, training, or measuring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--fold", type=int, default=0, help="the fold that is held back for figures")
    parser.add_argument("--figures", type=Path, help="train without the fold, and write the figures on it here")
    parser.add_argument("--out", type=Path, help="train on everything, and write this model folder")
    parser.add_argument("--card", type=Path, help="the file of figures that the card of --out shows")
    parser.add_argument("--measure", type=Path, help="measure the shipped model on this file")
    parser.add_argument("--config", type=Path, default=CONFIG)
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text("utf-8"))
    if options.measure is not None:
        from appealnlp.address.parser import load_parser

        examples = read_bio(options.measure, config)
        print(*table(*measured(load_parser().tagger, examples, config)), f"n = {len(examples)} addresses", sep="\n")
        return
    examples = read_bio(options.train, config)
    if options.figures is not None:
        kept, held = _split(examples, config, options.fold)
        tagger = train(kept, config).tagger
        lines = [f"Fold {options.fold} of {config['folds']}, {len(held)} addresses held back:", ""]
        lines += table(*measured(tagger, held, config))
        options.figures.write_text("\n".join(lines), "utf-8")
    if options.out is not None:
        figures = options.card.read_text("utf-8") if options.card else "None were taken."
        save(options.out, train(examples, config), config, figures, len(examples))


if __name__ == "__main__":
    main()
