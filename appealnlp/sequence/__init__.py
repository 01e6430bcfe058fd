"""Sequence labelling with hashed features: small, fast, of numpy alone; knows nothing of what it labels."""

from appealnlp.sequence.chain import LinearChain
from appealnlp.sequence.keys import mix, shifted
from appealnlp.sequence.store import load_chain, save_chain

__all__ = ["LinearChain", "load_chain", "mix", "save_chain", "shifted"]
