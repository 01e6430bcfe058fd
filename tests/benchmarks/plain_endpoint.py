"""What one writes in ten minutes: FastAPI and a transformers pipeline; the rival of ``serve_load.py --plain``.

    python tests/benchmarks/plain_endpoint.py MODEL_FOLDER PORT

The folder is that of ``python -m appealnlp_training.head_export``; POST /classify with {"text": ...} answers one head.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline


class Appeal(BaseModel):
    """The body."""

    text: str


def main() -> None:
    """Serve until a signal comes."""
    folder, port = sys.argv[1], int(sys.argv[2])
    app = FastAPI()
    pipe: Any = pipeline("text-classification", model=folder, trust_remote_code=True, truncation=True)

    @app.post("/classify")
    def classify(appeal: Appeal) -> Any:
        return pipe(appeal.text)

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
