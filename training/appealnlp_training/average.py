"""Averages the weights of runs that went on from one another, which keeps what each of them knew.

    python -m appealnlp_training.average --runs runs/shipped runs/long --out runs/mean [--unseen LABELS ...]

Model soups (Wortsman et al. 2022, https://arxiv.org/abs/2203.05482). The config is that of the last run. Held out is
what every run held out; ``--unseen`` names files of labels that none learned from, whose appeals are held out, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from appealnlp.errors import ModelError
from appealnlp_training.records import read_lines

_SAME = ("flags", "tags", "layers")


def average(runs: Sequence[Path], out: Path, unseen: Sequence[Path] = ()) -> None:
    """Write model.safetensors, run.json and held_out.npz into ``out``. Raises ModelError where runs are not alike.

    A class of a head that some runs do not know is the mean of those that do.
    """
    abouts = [json.loads((run / "run.json").read_text("utf-8")) for run in runs]
    for run, about in zip(runs, abouts, strict=True):
        alike = {"heads": list(about["heads"]) == list(abouts[0]["heads"])}
        alike |= {name: about[name] == abouts[0][name] for name in _SAME}
        for name, same in alike.items():
            if not same:
                raise ModelError(
                    f"{run}: {name} are not those of {runs[0]}; average runs that went on from one another"
                )
    tensors = [load_file(run / "model.safetensors") for run in runs]
    for run, given in zip(runs, tensors, strict=True):
        if any(not np.isfinite(value).all() for value in given.values()):
            raise ModelError(f"{run}: weights are not finite; the run went astray, leave it out")
    heads = {name: _every_class([about["heads"][name] for about in abouts]) for name in abouts[-1]["heads"]}
    for given, about in zip(tensors, abouts, strict=True):
        for place, (name, classes) in enumerate(heads.items()):
            rows = {label: row for row, label in enumerate(about["heads"][name])}
            for key in (f"labels.{place}.weight", f"labels.{place}.bias"):
                unknown = np.full(given[key].shape[1:], np.nan, np.float32)
                given[key] = np.stack([given[key][rows[label]] if label in rows else unknown for label in classes])
    mean = {key: np.asarray(np.nanmean([given[key] for given in tensors], 0), np.float32) for key in tensors[0]}
    held = [list(map(str, np.load(run / "held_out.npz")["ids"])) for run in runs]
    common = [key for key in held[-1] if all(key in others for others in held)]
    more = [str(row["id"]) for path in unseen for _, row in read_lines(path)]
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / "model.safetensors")
    (out / "run.json").write_text(json.dumps(abouts[-1] | {"heads": heads}, ensure_ascii=False, indent=1), "utf-8")
    np.savez(out / "held_out.npz", ids=np.array(list(dict.fromkeys([*common, *more]))))


def _every_class(known: Sequence[Sequence[str]]) -> list[str]:
    """The classes of all runs: as the runs have them where they agree, else in order."""
    same = all(list(classes) == list(known[0]) for classes in known)
    return list(known[0]) if same else sorted({label for classes in known for label in classes})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="labels that no run learned from")
    options = parser.parse_args()
    average(options.runs, options.out, options.unseen)
    print(f"{options.out}: the mean of {len(options.runs)} runs")


if __name__ == "__main__":
    main()
