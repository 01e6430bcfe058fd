"""Sequence labelling by a small network of numpy arrays; knows nothing of what it labels."""

from appealnlp.sequence.convolution import ConvolutionTagger, tagger_of
from appealnlp.sequence.path import best_path
from appealnlp.sequence.store import load_tagger, save_tagger

__all__ = ["ConvolutionTagger", "best_path", "load_tagger", "save_tagger", "tagger_of"]
