"""Lets a student's graph read the vectors of its pieces out of its teacher's, which hold the same: a third of its size.

ONNX keeps a tensor outside the graph as the name of a file in the same folder, an offset and a length
(https://onnx.ai/onnx/repo-docs/ExternalData.html); that file is the teacher's graph here.
"""

from __future__ import annotations

from pathlib import Path

PIECES = "encoder.embeddings.word_embeddings.weight_quantized"


def share_pieces(graph: Path, teacher: Path) -> int:
    """Take the vectors of the pieces out of ``graph`` and point at those in ``teacher``, a graph of the same folder.

    Gives the bytes that were saved. Raises ValueError when the teacher's are others (they are the same after
    ``encoder --teacher``).
    """
    import onnx
    from onnx.external_data_helper import set_external_data

    model = onnx.load(str(graph))
    tensor = next(item for item in model.graph.initializer if item.name == PIECES)
    stored = tensor.raw_data
    offset = teacher.read_bytes().find(stored)
    if offset < 0:
        raise ValueError(f"{teacher} does not hold the vectors of the pieces of {graph}; train it with --teacher")
    set_external_data(tensor, location=teacher.name, offset=offset, length=len(stored))
    tensor.ClearField("raw_data")
    graph.write_bytes(model.SerializeToString())
    return len(stored)
