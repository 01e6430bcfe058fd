"""Processes of our own take one thread for linear algebra: more of them stand in each other's way."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from appealnlp import ModelError
from appealnlp.batch.workers import Workers

_COUNT = "max(pool['num_threads'] for pool in threadpoolctl.threadpool_info() if pool['user_api'] == 'blas')"


def _refusing() -> Any:
    """Stands for an analyzer and tells how many threads its process has."""
    import threadpoolctl

    raise ModelError(f"{eval(_COUNT, {'threadpoolctl': threadpoolctl})} in all")


def _nothing(_: object) -> dict[str, Any]:
    return {}


def test_a_process_that_is_told_so() -> None:
    code = f"import numpy, threadpoolctl; from appealnlp.threads import one_thread; one_thread(); print({_COUNT})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "1"


def test_workers_of_a_batch() -> None:
    workers = Workers(_refusing, _nothing, 1)
    with pytest.raises(ModelError, match=r"^1 in all"):
        workers.identity()
    workers.close()
