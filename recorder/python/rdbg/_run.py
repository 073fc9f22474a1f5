# Started as a script: _run.py REQUEST [ARGUMENTS…], by `rdbg record`.
#
# All that the program could notice is done in `_start`, which is imported from the folder this
# file is in, wherever the interpreter would find `rdbg` otherwise.
import sys

sys.path.insert(0, __file__.rpartition("/")[0].rpartition("/")[0])
from rdbg import _start  # noqa: E402

_start.main(__loader__.__class__)
