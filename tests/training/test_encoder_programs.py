"""The encoder's programs on a tiny transformer: it learns, resumes, is exported, recovered, and says the same."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the encoder extra")
transformers = pytest.importorskip("transformers", reason="needs the encoder extra")
onnx = pytest.importorskip("onnx", reason="needs the encoder extra")
pytest.importorskip("onnxscript", reason="exporting with torch needs it")

from safetensors.numpy import load_file, save_file  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402

from appealnlp.classify.encoder import load_encoder  # noqa: E402
from appealnlp.errors import ModelError  # noqa: E402
from appealnlp_training import encoder as program  # noqa: E402
from appealnlp_training.average import average  # noqa: E402
from appealnlp_training.encoder_data import IGNORED, Encoding, Heads, collate, read_tags, write_tags  # noqa: E402
from appealnlp_training.encoder_model import distance  # noqa: E402
from appealnlp_training.ensemble import ask, speakers, taught  # noqa: E402
from appealnlp_training.export import export, load_run  # noqa: E402
from appealnlp_training.graph import for_one_text  # noqa: E402
from appealnlp_training.prepare import own  # noqa: E402
from appealnlp_training.pretrain import hidden_pieces, pretrain, windows  # noqa: E402
from appealnlp_training.records import Record, fold_of, write_records  # noqa: E402
from appealnlp_training.recover import held_out_ids, recover  # noqa: E402
from appealnlp_training.sharing import share_pieces  # noqa: E402
from appealnlp_training.smoothing import Smoothed, smooth  # noqa: E402

CORPORA = Path(__file__).parents[2] / "corpora" / "own"
HIDDEN = 24
PIECES = "encoder.embeddings.word_embeddings.weight"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Some appeals of our own: three of four as if public ones that somebody read, so that some can be held out."""
    some = own(CORPORA)[::12][:60]
    return [replace(record, origin="read") if place % 4 else record for place, record in enumerate(some)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Path:
    folder = tmp_path_factory.mktemp("base")
    signs = sorted({sign for record in records for sign in record.content})
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *signs]
    tokenizer = Tokenizer(models.Unigram([(piece, -5.0) for piece in pieces], unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=12,
        intermediate_size=2 * HIDDEN, max_position_embeddings=256, pad_token_id=1,
    )  # fmt: skip
    torch.manual_seed(1)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def config(base: Path) -> dict[str, Any]:
    given = tomllib.loads((program.CONFIGS / "encoder.toml").read_text("utf-8"))
    small = {"epochs": 2, "held_out": 4, "bf16": False, "batch_tokens": 1024, "inner_dropout": 0.0}
    return given | small | {"base": str(base), "max_tokens": 192, "head_tokens": 128}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, records: list[Record], config: dict[str, Any]) -> Path:
    out = tmp_path_factory.mktemp("run")
    program.train(records, config, out, None)
    return out


def test_a_run_learns_and_writes_what_it_did(run: Path) -> None:
    losses = [float(line.split(",")[1]) for line in (run / "curve.csv").read_text("utf-8").splitlines()[1:]]
    assert losses
    about = json.loads((run / "run.json").read_text("utf-8"))
    assert about["figures"].keys() >= {"type", "department", "flags F1"}
    assert (run / "curve.png").stat().st_size
    held = set(np.load(run / "held_out.npz")["ids"])
    assert held


def test_a_broken_run_goes_on_to_the_same_weights(
    tmp_path: Path, run: Path, records: list[Record], config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = program.Training.run_epoch

    def once(self: program.Training, *given: Any) -> None:
        if self.epoch == 1:
            raise KeyboardInterrupt
        whole(self, *given)

    monkeypatch.setattr(program.Training, "run_epoch", once)
    with pytest.raises(KeyboardInterrupt):
        program.train(records, config, tmp_path, None)
    assert not (tmp_path / "model.safetensors").exists()
    monkeypatch.undo()
    program.train(records, config, tmp_path, None)
    first, second = (load_run(folder)[0].state_dict() for folder in (run, tmp_path))
    # dropout is drawn anew after the break, so only the order of magnitude is the same
    assert first.keys() == second.keys()
    gap = max(float((first[name] - second[name]).abs().max()) for name in first)
    assert gap < 0.1


def test_soft_labels_are_shares_of_the_classes(records: list[Record], config: dict[str, Any], base: Path) -> None:
    heads = Heads.of(program.shipped(), records, config["entities"]["labels"])
    encoding = Encoding(Tokenizer.from_file(str(base / "tokenizer.json")), heads, config)
    soft = {"type": {"complaint": 0.75, "request": 0.25}, "flags": {"group": 0.7}}
    item = encoding.item(Record("1", "g", "published", "", "停水三天了", soft=soft))
    classes = heads.exclusive["type"]
    assert item.targets["type"][classes.index("complaint")] == pytest.approx(0.75)
    assert item.flags is not None
    assert item.flags[heads.flags.index("group")] == pytest.approx(0.7)
    assert item.tags is None  # nobody marked its entities


def test_entity_tags_cover_the_words_of_the_label(records: list[Record], config: dict[str, Any], base: Path) -> None:
    heads = Heads.of(program.shipped(), records, config["entities"]["labels"])
    encoding = Encoding(Tokenizer.from_file(str(base / "tokenizer.json")), heads, config)
    record = replace(records[0], title="", text="住在幸福路", entities=[["ADDR", "幸福路"]])
    tags = encoding.item(record).tags
    assert tags is not None
    names = [heads.tags[tag] if tag != IGNORED else "-" for tag in tags]
    assert [name for name in names if name.endswith("ADDR")] == ["B-ADDR", "I-ADDR", "I-ADDR"]


def test_the_mean_of_runs(tmp_path: Path, run: Path) -> None:
    other, labels = tmp_path / "other", tmp_path / "labels.jsonl"
    shutil.copytree(run, other)
    weights = load_file(run / "model.safetensors")
    save_file({name: value + 2 for name, value in weights.items()}, other / "model.safetensors")
    held = [str(key) for key in np.load(run / "held_out.npz")["ids"]]
    np.savez(other / "held_out.npz", ids=np.array([*held[1:], "other"]))
    labels.write_text('{"id": "unseen"}\n', "utf-8")
    average([run, other], tmp_path / "mean", [labels])
    mean = load_run(tmp_path / "mean")[0].state_dict()
    for name, value in weights.items():
        assert torch.allclose(mean[name], torch.from_numpy(value + 1), atol=1e-5), name
    assert list(np.load(tmp_path / "mean" / "held_out.npz")["ids"]) == [*held[1:], "unseen"]
    about = json.loads((other / "run.json").read_text("utf-8"))
    (other / "run.json").write_text(json.dumps({**about, "tags": ["O"]}), "utf-8")
    with pytest.raises(ModelError, match="tags are not those"):
        average([run, other], tmp_path / "mean")


def test_a_class_that_one_run_does_not_know_is_that_of_the_others(tmp_path: Path, run: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    weights, about = load_file(run / "model.safetensors"), json.loads((run / "run.json").read_text("utf-8"))
    place = list(about["heads"]).index("topic")
    first, *rest = about["heads"]["topic"]
    fewer = {f"labels.{place}.{part}": weights[f"labels.{place}.{part}"][1:] + 2 for part in ("weight", "bias")}
    save_file({**weights, **fewer}, other / "model.safetensors")
    about["heads"]["topic"] = rest
    (other / "run.json").write_text(json.dumps(about), "utf-8")
    average([run, other], tmp_path / "mean")
    model, heads, _ = load_run(tmp_path / "mean")
    assert heads.exclusive["topic"] == tuple(sorted([first, *rest]))
    bias = model.state_dict()[f"labels.{place}.bias"].numpy()
    before = dict(zip([first, *rest], weights[f"labels.{place}.bias"], strict=True))
    assert bias[heads.exclusive["topic"].index(first)] == pytest.approx(before[first], abs=1e-5)
    assert bias[heads.exclusive["topic"].index(rest[0])] == pytest.approx(before[rest[0]] + 1, abs=1e-5)


def test_the_distance_from_a_teacher_is_of_real_tokens_and_a_share_of_its_variance() -> None:
    torch.manual_seed(5)
    taught_by = torch.randn(2, 6, 8) * 30
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
    assert float(distance(taught_by, taught_by, mask)) == 0
    elsewhere = torch.where(mask.unsqueeze(-1).bool(), taught_by, 1e6)
    assert float(distance(elsewhere, taught_by, mask)) == 0
    real = taught_by[mask.bool()]
    assert float(distance(real.mean(0).expand_as(taught_by), taught_by, mask)) == pytest.approx(8 / 9, abs=1e-4)


def test_a_student_follows_its_teacher_and_shares_its_pieces(
    tmp_path: Path, run: Path, records: list[Record], config: dict[str, Any]
) -> None:
    settings = config | {"learning_rate": 3e-3, "token_dropout": 0.0}
    settings["losses"] = dict.fromkeys(config["losses"], 0.0) | {"taught": 1.0}
    gaps, tokenizer = {}, Tokenizer.from_file(str(Path(config["base"]) / "tokenizer.json"))
    for name, epochs in (("begun", 0), ("student", 10)):
        program.train(records, settings | {"epochs": epochs}, tmp_path / name, [1], teacher=run)
        student, teacher = load_run(tmp_path / name)[0], load_run(run)[0]
        ids = torch.tensor([tokenizer.encode(record.content).ids[:40] for record in records[:8]])
        with torch.inference_mode():
            hidden = [model.hidden(ids, torch.ones_like(ids)) for model in (student, teacher)]
        gaps[name] = float(distance(hidden[0], hidden[1], torch.ones_like(ids)))
    assert gaps["student"] < 0.8 * gaps["begun"]
    held = [set(np.load(folder / "held_out.npz")["ids"]) for folder in (run, tmp_path / "student")]
    assert held[0] == held[1]

    # a student that goes on after another teacher takes over that one's pieces, or they could not share them
    weights = load_file(run / "model.safetensors")
    weights[PIECES] = weights[PIECES] + 0.1
    shutil.copytree(run, tmp_path / "later")
    save_file(weights, tmp_path / "later" / "model.safetensors")
    program.train(
        records, settings | {"epochs": 1}, tmp_path / "on", [0], tmp_path / "student", teacher=tmp_path / "later"
    )
    assert np.array_equal(load_file(tmp_path / "on" / "model.safetensors")[PIECES], weights[PIECES])

    data = tmp_path / "data.jsonl"
    write_records(data, records)
    export(run, tmp_path / "onnx", data)
    export(tmp_path / "student", tmp_path / "small", data)
    about = json.loads((tmp_path / "small" / "encoder.json").read_text("utf-8"))
    text = "小区停水三天了，物业不管"
    whole = load_encoder(tmp_path / "small", about).encode(text).scores
    shutil.copy(tmp_path / "small" / "encoder.onnx", tmp_path / "onnx" / "student.onnx")
    before = (tmp_path / "onnx" / "student.onnx").stat().st_size
    saved = share_pieces(tmp_path / "onnx" / "student.onnx", tmp_path / "onnx" / "encoder.onnx")
    assert (tmp_path / "onnx" / "student.onnx").stat().st_size < before - saved + 300
    shared = load_encoder(tmp_path / "onnx", about, "student").encode(text).scores
    assert all(np.array_equal(whole[name], shared[name]) for name in whole)


def test_pieces_of_another_encoder_are_not_shared(tmp_path: Path, run: Path, records: list[Record]) -> None:
    write_records(tmp_path / "data.jsonl", records)
    export(run, tmp_path / "onnx", tmp_path / "data.jsonl")
    (tmp_path / "other.onnx").write_bytes(b"\0" * 100_000)
    with pytest.raises(ValueError, match="train it with --teacher"):
        share_pieces(tmp_path / "onnx" / "encoder.onnx", tmp_path / "other.onnx")


def test_a_graph_that_wants_a_mask_is_refused(tmp_path: Path, base: Path) -> None:
    onnx = pytest.importorskip("onnx")
    ids, mask = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, [1, None]) for name in ("ids", "mask")
    )
    scores = onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.INT64, None)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Mul", ["ids", "mask"], ["scores"])], "g", [ids, mask], [scores]
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(tmp_path / "encoder.onnx"))
    shutil.copy(base / "tokenizer.json", tmp_path)
    with pytest.raises(ValueError, match="takes ids, mask in place of ids"):
        load_encoder(tmp_path, {"heads": [], "tags": [], "window": [8, 4]})


def test_smoothing_changes_no_answer_and_quietens_a_loud_channel() -> None:
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Embedding(50, 8), torch.nn.Linear(8, 4), torch.nn.Linear(4, 3))
    model[0].weight.data[:, 2] *= 40  # a channel that leaves the others few of the 255 steps
    texts = [torch.randint(0, 50, (1, 20)) for _ in range(10)]
    heard: list[torch.Tensor] = []
    before = [model[1:](model[0](ids)) for ids in texts]
    smooth(model, model, texts)
    assert [type(layer) for layer in model][1:] == [Smoothed, Smoothed]
    model[1].linear.register_forward_pre_hook(lambda _, given: heard.append(given[0].abs().flatten(0, -2).amax(0)))
    after = [model(ids) for ids in texts]
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)
    loud = torch.stack(heard).amax(0)
    assert float(loud.max() / loud.median()) < 10


@pytest.mark.parametrize("smoothed", [False, True])
def test_one_text_without_a_mask_is_answered_as_with_one(run: Path, smoothed: bool) -> None:
    model, _, _ = load_run(run)
    torch.manual_seed(4)
    texts = [torch.randint(4, 100, (1, length)) for length in (1, 7, 60)]
    with torch.inference_mode():
        before = [model(ids, torch.ones_like(ids)) for ids in texts]
        alone = [model(ids) for ids in texts]
        if smoothed:
            smooth(model, model.encoder, texts)
        for_one_text(model)
        after = [model(ids) for ids in texts]
    for one, other, last in zip(before, alone, after, strict=True):
        for part in range(2):
            assert torch.allclose(one[part], other[part], atol=1e-5)
            assert torch.allclose(one[part], last[part], atol=1e-4)


def test_joined_attention_gives_the_same_bytes(
    tmp_path: Path, run: Path, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data.jsonl"
    write_records(data, records)
    export(run, tmp_path / "joined", data)
    monkeypatch.setattr("appealnlp_training.export.join_attention", lambda path, heads: 0)
    with pytest.raises(ValueError, match=r"0 of . layers were joined"):
        export(run, tmp_path / "apart", data)
    layers = load_run(run)[0].encoder.config.num_hidden_layers
    monkeypatch.setattr("appealnlp_training.export.join_attention", lambda path, heads: layers)
    export(run, tmp_path / "apart", data)
    graphs = [onnx.load(str(tmp_path / name / "encoder.onnx")).graph for name in ("joined", "apart")]
    kinds = [[node.op_type for node in graph.node] for graph in graphs]
    assert "QAttention" in kinds[0]
    assert "Softmax" not in kinds[0]
    assert len(kinds[0]) < len(kinds[1])
    about = json.loads((tmp_path / "joined" / "encoder.json").read_text("utf-8"))
    joined, apart = (load_encoder(tmp_path / name, about) for name in ("joined", "apart"))
    for text in ("停水", "小区停水三天了，物业不管", "路灯不亮" * 40):
        one, other = joined.encode(text).scores, apart.encode(text).scores
        assert all(one[head].tobytes() == other[head].tobytes() for head in one)


def test_an_exported_graph_is_recovered_as_a_run_that_says_the_same(
    tmp_path: Path, run: Path, records: list[Record]
) -> None:
    data = tmp_path / "data.jsonl"
    write_records(data, records)
    export(run, tmp_path / "onnx", data)
    about = json.loads((tmp_path / "onnx" / "encoder.json").read_text("utf-8"))
    (tmp_path / "onnx" / "model.json").write_text(json.dumps({"encoder": about}), "utf-8")
    recover(tmp_path / "onnx", tmp_path / "again", ["7"])
    before, after = load_run(run)[0].state_dict(), load_run(tmp_path / "again")[0].state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert float((value - after[name]).abs().max()) <= 0.02 * max(0.1, float(value.abs().max())), name
    model, _, _ = load_run(tmp_path / "again")
    encoder = load_encoder(tmp_path / "onnx", about)
    text = "小区停水三天了，物业不管"
    ids = torch.tensor([Tokenizer.from_file(str(tmp_path / "onnx" / "tokenizer.json")).encode(text).ids])
    with torch.inference_mode():
        scores, _ = model(ids, torch.ones_like(ids))
    graph = np.concatenate([encoder.encode(text).scores[head["name"]] for head in about["heads"]])
    assert np.abs(scores[0].numpy() - graph).max() < 0.2
    assert list(np.load(tmp_path / "again" / "held_out.npz")["ids"]) == ["7"]
    assert json.loads((tmp_path / "again" / "onnx" / "encoder.json").read_text("utf-8")) == about


def test_rows_that_were_held_out_are_found_again(tmp_path: Path, records: list[Record]) -> None:
    write_records(tmp_path / "train.jsonl", records)
    (tmp_path / "labels.jsonl").write_text(
        "".join(json.dumps({"id": record.id}) + "\n" for record in records if record.origin == "read"), "utf-8"
    )
    found = set(held_out_ids(tmp_path / "train.jsonl", [tmp_path / "labels.jsonl"], 4))
    assert found == {r.id for r in records if r.origin == "read" and fold_of(r.group, 4) == 0}


def unread(records: list[Record]) -> list[Record]:
    """Appeals that nobody read, after the labelled ones."""
    return [*records, *(Record(f"u{i}", f"u{i}", "published", "", r.text) for i, r in enumerate(records[:4]))]


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory, records: list[Record], config: dict[str, Any]) -> list[Path]:
    runs = [tmp_path_factory.mktemp(f"fold{k}") for k in range(2)]
    for k, out in enumerate(runs):
        program.train(unread(records), config | {"epochs": 1}, out, [0], fold=(k, 2))
    return runs


def test_a_run_speaks_only_of_groups_that_it_did_not_learn_from(records: list[Record], folds: list[Path]) -> None:
    every = unread(records)
    left = [set(np.load(run / "left_out.npz")["ids"]) for run in folds]
    held = set(np.load(folds[0] / "held_out.npz")["ids"])
    assert left[0]
    assert left[1]
    assert not left[0] & left[1]
    for record, runs in zip(every, speakers(every, folds), strict=True):
        if record.origin == "published":
            assert runs == [0, 1]
        elif record.id in held or record.origin == "own":
            assert runs == []
        else:
            assert [record.id in left[0], record.id in left[1]] == [0 in runs, 1 in runs]
            assert len(runs) == 1


def test_what_folds_say_teaches_a_student(
    tmp_path: Path, records: list[Record], folds: list[Path], config: dict[str, Any], base: Path
) -> None:
    every = unread(records)
    said, _, columns, model = ask(every, folds)
    classes = {**model.heads.exclusive, "flags": model.heads.flags}
    soft = [taught(record, s, columns, classes) if s else record for record, s in zip(every, said, strict=True)]
    assert sum(soft[-1].soft["type"].values()) == pytest.approx(1.0, abs=0.01)
    known = [(record.id, s.tags) for record, s in zip(every, said, strict=True) if s]
    write_tags(tmp_path / "tags.npz", [key for key, _ in known], [tags for _, tags in known])
    tags = read_tags(tmp_path / "tags.npz")
    assert tags.keys() == {key for key, _ in known}
    assert tags[known[0][0]] == pytest.approx(known[0][1], abs=2e-3)

    encoding = Encoding(Tokenizer.from_file(str(base / "tokenizer.json")), model.heads, config, tags)
    unlabelled, labelled = encoding.item(soft[-1]), encoding.item(next(r for r in soft if r.is_labelled and r.soft))
    assert unlabelled.tags is None
    assert unlabelled.soft_tags is not None
    batch = collate([unlabelled, labelled], program.PAD, model.heads)
    assert batch.tags[0].sum() == pytest.approx(len(unlabelled.ids), rel=0.02)
    first = batch.targets[1, : len(model.heads.exclusive["type"])]
    assert 0.4 < float(first.max()) < 1.0  # half the reader's word, half what the folds say
    program.train(soft, config | {"epochs": 1}, tmp_path / "student", [1], soft_tags=tags)
    assert (tmp_path / "student" / "model.safetensors").exists()


def test_pretraining_learns_to_guess_hidden_pieces(tmp_path: Path, base: Path) -> None:
    about = tomllib.loads((program.CONFIGS / "pretrain.toml").read_text("utf-8"))
    texts = ["小区停水三天了，物业不管", "小区停电三天了，社区不管"] * 20
    losses = pretrain(texts, base, tmp_path, about | {"epochs": 6, "batch": 8, "rate": 5e-3, "bf16": False})
    assert losses[-1] < 0.8 * losses[0]
    program.AppealEncoder(tmp_path, Heads({"type": ("a", "b")}, ("f",), ("O",)), 0.0)


def test_hidden_pieces_are_runs_of_what_is_no_frame() -> None:
    torch.manual_seed(1)
    ids = torch.full((200, 50), 9)
    ids[:, 0], ids[:, -1], ids[:, 40:49] = 0, 2, program.PAD
    asked = hidden_pieces(ids, 0.2, 3)
    assert not asked[ids <= program.UNKNOWN].any()
    assert 0.15 < float(asked[:, 1:40].float().mean()) < 0.25


def test_a_long_text_is_pretrained_on_in_stretches() -> None:
    rows = list(windows([0, *range(10, 30), 2], 12))
    assert [len(row) for row in rows] == [12, 12]
    assert [sign for row in rows for sign in row[1:-1]] == list(range(10, 30))
    assert all((row[0], row[-1]) == (0, 2) for row in rows)
