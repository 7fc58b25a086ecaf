"""The whole harness against a real Parley that is made to look broken: the checker has to say how."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.system import binary

pytestmark = pytest.mark.skipif(not os.access(binary(), os.X_OK), reason="there is no binary: set PARLEY_BINARY")


@pytest.mark.parametrize(
    "kind, lies",
    [
        ("kill -9 fan-out", {"drop": "not delivered", "double": "delivered twice", "swap": "out of order"}),
        ("fsync", {"forge": "acknowledged but missing"}),
    ],
)
def test_lies_are_found_out(kind, lies, tmp_path):
    words = ["--short", "--kinds", kind, "--rounds", "1", "--messages", "120", "--folder", tmp_path / "run"]
    for lie in lies:
        words += ["--lie", lie]
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *words], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for found in lies.values():
        assert f": {found}:" in done.stdout, done.stdout
