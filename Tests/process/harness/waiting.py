"""Waiting for a condition with a deadline, never for luck."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# Long enough for a debug build on a busy machine: a test that waits so long has failed.
PATIENCE = 15.0


def until(condition: Callable[[], Result | None], what: str, patience: float = PATIENCE) -> Result:
    """The first result of `condition` that is true."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.02)
