"""Importers: original public files in, records and tagged texts of the project out.

    from appealnlp_training.importers import import_file, read_tagged
    for record in import_file(Path("附件2.xlsx")): ...            # the format is found out, or given
    texts = read_tagged(Path("cluener_train.jsonl"), "cluener")    # texts with spans, for a trainer of a tagger

The layouts are data (formats.yaml). Names and user ids of the writers are never taken over.
"""

from appealnlp_training.importers.formats import formats
from appealnlp_training.importers.reading import guess_format, import_file, import_messages, read_tagged
from appealnlp_training.importers.tables import Message
from appealnlp_training.importers.tagged import Span, Tagged
from appealnlp_training.importers.tree import read_tree

__all__ = [
    "Message",
    "Span",
    "Tagged",
    "formats",
    "guess_format",
    "import_file",
    "import_messages",
    "read_tagged",
    "read_tree",
]
