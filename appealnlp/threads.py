"""Threads of linear algebra in processes that are our own: the command line's, and those that analyse for others."""

from __future__ import annotations


def one_thread() -> None:
    """Let the linear algebra of this process run in one thread from now on.

    An analysis is many small products: threads win nothing there, but wait for one another at full speed. Two processes
    on two cores gave a third of the answers of one (tests/benchmarks/serve_load.py, ``--workers 1 2``). Whoever imports
    the library decides for himself; see docs/batch.md.
    """
    import numpy as np  # noqa: F401 - only what is loaded can be limited
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
