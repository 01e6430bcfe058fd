"""Prints the OpenAPI description: `python -m appealnlp_serve.describe > serve/openapi.json`."""

from appealnlp_serve.app import routes_only
from appealnlp_serve.openapi import text_of

if __name__ == "__main__":
    print(text_of(routes_only()), end="")
