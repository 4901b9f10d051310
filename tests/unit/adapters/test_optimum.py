"""HiGHS solves, and says nothing of itself: what commands print may be read by machines."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
from openaisle.adapters.optimum import HighsOptimizer
from openaisle.kernel.optimum import Condition, Program

at_least_three = Condition(numbers=(0, 1), coefficients=(1, 1), lower=3, upper=None)
assert HighsOptimizer().minimum(program=Program(costs=(3, 2), maximums=(5, 5), conditions=(at_least_three,))) == (0, 3)
"""


def test_the_first_optimum_of_a_process_writes_nothing_to_its_output():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
