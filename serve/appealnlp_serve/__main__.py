"""`python -m appealnlp_serve` does what `appealnlp serve` does."""

import sys

from appealnlp import AppealError
from appealnlp_serve.command import run

if __name__ == "__main__":
    try:
        run()
    except AppealError as error:
        print(f"appealnlp: {error}", file=sys.stderr)
        raise SystemExit(2) from None
