"""The tests. What they run is compiled once and kept."""

import os
import sys

# Where Python may not keep what it compiled, each node that a test starts would compile
# all of the program anew, and each run of pytest all of the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
