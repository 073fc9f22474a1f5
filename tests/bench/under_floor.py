"""`python under_floor.py nothing|count PROGRAM [ARGS…]`: run a program under the callbacks of `floor.c`.

With `count` stderr ends with `counted LINES OTHERS`.
"""

import atexit
import os
import sys
import types


def main():
    """Run the program as `python PROGRAM` would, as far as a bench needs it."""
    how, program = sys.argv[1], os.path.abspath(sys.argv[2])
    sys.path.insert(0, os.environ["RDBG_FLOOR"])
    import rdbg_floor

    sys.argv[:] = sys.argv[2:]
    sys.path[0] = os.path.dirname(program)
    with open(program, "rb") as source:
        code = compile(source.read(), program, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__file__ = program
    sys.modules["__main__"] = module
    if how == "count":
        atexit.register(lambda: print("counted", *rdbg_floor.counted(), file=sys.stderr))
    rdbg_floor.watch(program, how == "count")
    exec(code, module.__dict__)


if __name__ == "__main__":
    main()
