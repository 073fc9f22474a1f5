"""The command ``rdbg``, also as ``python -m rdbg``."""

import os
import sys


def main():
    """Run the command with the arguments of this process, and exit with its status."""
    from rdbg import _rdbg

    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_run.py")
    sys.exit(_rdbg.main(["rdbg", *sys.argv[1:]], sys.executable, script))


if __name__ == "__main__":
    main()
