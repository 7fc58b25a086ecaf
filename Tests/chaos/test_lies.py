"""The whole harness against a real Parley that is made to look broken: the checker has to say how."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.system import binary

pytestmark = pytest.mark.skipif(not os.access(binary(), os.X_OK), reason="there is no binary: set PARLEY_BINARY")
# lie → the column of the table where it has to show.
SHOWS = {"drop": "not delivered", "double": "delivered twice", "swap": "out of order", "forge": "acknowledged"}


@pytest.mark.parametrize("lie", sorted(SHOWS))
def test_a_lie_is_found_out(lie, tmp_path):
    words = ["--short", "--kinds", "SIGSTOP router", "--messages", "300", "--lie", lie, "--folder", tmp_path / "run"]
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *words], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert SHOWS[lie] in done.stdout, done.stdout
