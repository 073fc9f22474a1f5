# Started as a script: _run.py REQUEST [ARGUMENTS…], by `rdbg record`.
#
# All that the program could notice is done in `_start`, which is imported from the folder this
# file is in, wherever the interpreter would find `rdbg` otherwise. What is counted here, before
# anything is made, is what the program will find counted.
import gc, sys  # noqa: E401

gc.disable()
count = gc.get_count()[0]
folders = list(sys.path_importer_cache)
sys.path.insert(0, __file__.rpartition("/")[0].rpartition("/")[0])
from rdbg._start import main  # noqa: E402

del sys
main(__loader__.__class__, gc, count, folders)
