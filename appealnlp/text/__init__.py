"""Text: normalising with the way back, words, sentences, matters. Offsets count code points everywhere."""

from appealnlp.text.edges import trimmed
from appealnlp.text.framing import frame
from appealnlp.text.matters import split_matters
from appealnlp.text.normalize import Normalized, normalize
from appealnlp.text.sentences import sentences
from appealnlp.text.tone import tone_spans, without_tone
from appealnlp.text.words import Segmenter, Word, load_segmenter

__all__ = [
    "Normalized", "Segmenter", "Word", "frame", "load_segmenter", "normalize", "sentences", "split_matters",
    "tone_spans", "trimmed", "without_tone",
]  # fmt: skip
