# A module that is run while it is imported fails.
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True


def main():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "broken_module.py").write_text("missing = undefined\n")
        sys.path.insert(0, folder)
        import broken_module


main()
