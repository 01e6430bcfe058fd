"""``python -m appealnlp``: the command line."""

from appealnlp.cli import main

if __name__ == "__main__":
    main()
