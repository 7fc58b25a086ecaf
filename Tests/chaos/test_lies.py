"""The whole harness against a real Parley that is made to look broken: the checker has to say how."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.system import binary

pytestmark = pytest.mark.skipif(not os.access(binary(), os.X_OK), reason="there is no binary: set PARLEY_BINARY")
# lie → a fault during which it is told, and what has to be found.
LIES = {
    "drop": ("kill -9 fan-out", "not delivered"),
    "double": ("kill -9 fan-out", "delivered twice"),
    "swap": ("kill -9 fan-out", "out of order"),
    "forge": ("fsync", "acknowledged but missing"),
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_lie_is_found_out(lie, tmp_path):
    kind, found = LIES[lie]
    words = ["--short", "--kinds", kind, "--rounds", "1", "--messages", "120", "--lie", lie]
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *words, "--folder", tmp_path / "run"],
        cwd=Path(__file__).parent, capture_output=True, text=True, timeout=110,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert found in done.stdout, done.stdout
