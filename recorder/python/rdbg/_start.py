"""Run a program under the recorder as ``python`` itself would have run it.

Imports as little as it can, because what is imported here is there when the
program begins. A program that cannot start (no such file, a syntax error) is
handed to the plain interpreter, whose words and status are then its own.
"""

import os
import sys

from rdbg import _rdbg

NOT_RUN = 125


def main(source_loader):
    """Read the request from ``sys.argv``, record the program, exit as it exits.

    ``source_loader`` is the loader's class of scripts, ``SourceFileLoader``.
    """
    request = sys.argv[1]
    arguments = sys.argv[2:]
    # What `_run.py` put there, and, unless Python was told not to, its own folder.
    del sys.path[0 : 1 if sys.flags.safe_path else 2]
    mode, program = _rdbg.program(request)
    if mode == "script":
        sys.argv[:] = [program, *arguments]
        prepare = _script
    elif mode == "module":
        sys.argv[:] = [program, *arguments]
        prepare = _module
    else:
        sys.argv[:] = ["-c", *arguments]
        prepare = _command
    run = prepare(program, source_loader)
    flags = _flags()
    try:
        _check()
        standard = [os.path.dirname(os.__file__)]
        own = os.path.dirname(os.path.abspath(__file__))
        _rdbg.begin(request, sys.argv, flags, standard, [own])
    except RuntimeError as error:
        os.write(2, f"rdbg: {error}\n".encode(errors="backslashreplace"))
        raise SystemExit(NOT_RUN) from None
    status = run()
    if status:
        raise SystemExit(status)


def _check():
    """Let the recorder find a value that only this frame knows."""
    marker = object()
    _rdbg.check_layout(marker)


def _flags():
    """The interpreter's own arguments, which stand before `_run.py`."""
    at = next(n for n, word in enumerate(sys.orig_argv) if word.endswith("_run.py"))
    return sys.orig_argv[1:at]


def _plain(*arguments):
    """Become the plain interpreter."""
    os.execv(sys.executable, [sys.executable, *_flags(), *arguments])


def _script(program, source_loader):
    """A file, or a folder or an archive with a ``__main__`` in it."""
    if program == "-":
        os.write(2, b"rdbg: a program on standard input cannot be recorded; save it to a file\n")
        raise SystemExit(NOT_RUN)
    path = os.path.abspath(program)
    if os.path.isdir(path) or _is_archive(path):
        return _folder(program)
    try:
        with open(path, "rb") as file:
            source = file.read()
        code = compile(source, path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        _plain(program, *sys.argv[1:])
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    namespace = _new_main(source_loader("__main__", path))
    namespace["__file__"] = path
    namespace["__cached__"] = None
    return lambda: _rdbg.execute(code, namespace)


def _command(program, _source_loader):
    """The text after ``-c``."""
    try:
        code = compile(program, "<string>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        _plain("-c", program, *sys.argv[1:])
    if not sys.flags.safe_path:
        sys.path.insert(0, "")
    namespace = _new_main(sys.modules["_frozen_importlib"].BuiltinImporter)
    return lambda: _rdbg.execute(code, namespace)


def _module(program, _source_loader):
    """A module by name, found and run as ``python -m`` does."""
    if not sys.flags.safe_path:
        sys.path.insert(0, os.getcwd())
    sys.argv[0] = "-m"
    return _by_runpy(program, True)


def _folder(program):
    """A folder or an archive, whose ``__main__`` is imported from it."""
    sys.path.insert(0, os.path.abspath(program))
    return _by_runpy("__main__", False)


def _by_runpy(module, alter_argv):
    import runpy

    _new_main(sys.modules["_frozen_importlib"].BuiltinImporter)
    return lambda: _rdbg.call(runpy._run_module_as_main, module, alter_argv)


def _new_main(loader):
    """A fresh ``__main__`` in place of ours; returns its namespace."""
    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__loader__"] = loader
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    return namespace


def _is_archive(path):
    """Whether the end of a file says that it is a zip archive."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 65_557))
            return b"PK\x05\x06" in file.read()
    except OSError:
        return False
