"""Run a program under the recorder as ``python`` itself would have run it.

Leaves as little behind as it can: what is imported here is forgotten before the
program begins, and what the interpreter counts and keeps of its start is set to what
it would be. A program that cannot start (no such file, a syntax error) is handed to
the plain interpreter, whose words and status are then its own.
"""

import os
import sys

from rdbg import _rdbg

NOT_RUN = 125


def main(source_loader, collector, count, folders):
    """Read the request from ``sys.argv``, record the program, exit as it exits.

    ``source_loader`` is the loader's class of scripts, ``SourceFileLoader``, ``collector`` the
    module ``gc``, which does nothing as yet, ``count`` how many objects were young, and
    ``folders`` those in which something had been looked for.
    """
    request = sys.argv[1]
    arguments = sys.argv[2:]
    for folder in sys.path_importer_cache.keys() - folders:
        del sys.path_importer_cache[folder]
    # What `_run.py` put there, and, unless Python was told not to, its own folder.
    del sys.path[0 : 1 if sys.flags.safe_path else 2]
    mode, program = _rdbg.program(request)
    if mode == "script":
        sys.argv[:] = [program, *arguments]
        prepare, words = _script, [program]
    elif mode == "module":
        sys.argv[:] = [program, *arguments]
        prepare, words = _module, ["-m", program]
    else:
        sys.argv[:] = ["-c", *arguments]
        prepare, words = _command, ["-c", program]
    flags = _flags()
    own_script = sys.modules["__main__"].__file__
    sys.path_importer_cache.pop(own_script, None)
    main = _Main(source_loader, collector, count)
    run = prepare(program, main)
    try:
        _rdbg.check_layout()
        standard = [os.path.dirname(os.__file__)]
        own = os.path.dirname(os.path.abspath(__file__))
        _rdbg.begin(request, sys.argv, flags, standard, [own])
    except RuntimeError as error:
        os.write(2, f"rdbg: {error}\n".encode(errors="backslashreplace"))
        raise SystemExit(NOT_RUN) from None
    sys.orig_argv[:] = [sys.orig_argv[0], *flags, *words, *arguments]
    _forget()
    _rdbg.set_count(collector, main.count)
    collector.enable()
    status = run()
    if status:
        raise SystemExit(status)


class _Main:
    """The module ``__main__`` of the program, in place of ours, and how many objects are young."""

    def __init__(self, source_loader, collector, count):
        self.source_loader = source_loader
        self.collector = collector
        self.count = count
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        self.namespace = module.__dict__
        self.namespace["__builtins__"] = sys.modules["builtins"]
        self.namespace["__loader__"] = sys.modules["_frozen_importlib"].BuiltinImporter
        if sys.version_info < (3, 14):
            self.namespace["__annotations__"] = {}

    def compile(self, source, name, path=None):
        """The interpreter's own work: the objects that it makes are counted, and only these."""
        _rdbg.set_count(self.collector, self.count)
        self.collector.enable()
        if path is not None:
            self.namespace["__loader__"] = self.source_loader("__main__", path)
        code = _rdbg.compile(source, name)
        self.collector.disable()
        self.count = self.collector.get_count()[0]
        return code


def _forget():
    """Take out of the interpreter what the recorder's own import put there."""
    for name in ("gc", "rdbg", "rdbg._rdbg", "rdbg._start"):
        sys.modules.pop(name, None)
    for name in ("os", "sys"):
        del globals()[name]


def _flags():
    """The interpreter's own arguments, which stand before `_run.py`."""
    at = next(n for n, word in enumerate(sys.orig_argv) if word.endswith("_run.py"))
    return sys.orig_argv[1:at]


def _plain(*arguments):
    """Become the plain interpreter."""
    os.execv(sys.executable, [sys.executable, *_flags(), *arguments])


def _script(program, main):
    """A file, or a folder or an archive with a ``__main__`` in it."""
    if program == "-":
        os.write(2, b"rdbg: a program on standard input cannot be recorded; save it to a file\n")
        raise SystemExit(NOT_RUN)
    path = os.path.abspath(program)
    if os.path.isdir(path) or _is_archive(path):
        return _folder(program, main)
    try:
        with open(path, "rb") as file:
            source = file.read()
        code = main.compile(source, path, path)
    except (OSError, SyntaxError, ValueError):
        _plain(program, *sys.argv[1:])
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    sys.path_importer_cache[path] = None
    main.namespace["__file__"] = path
    if sys.version_info < (3, 15):
        main.namespace["__cached__"] = None
    return lambda: _rdbg.execute(code, main.namespace)


def _command(program, main):
    """The text after ``-c``."""
    given = program
    if sys.version_info >= (3, 14):
        program = _dedented(program)
    if sys.version_info >= (3, 13):
        # The interpreter, too, keeps the text for tracebacks there.
        import linecache
    try:
        code = main.compile(program.encode(), "<string>")
    except (SyntaxError, ValueError):
        _plain("-c", given, *sys.argv[1:])
    if sys.version_info >= (3, 13):
        key = code if hasattr(linecache, "_interactive_cache") else "<string>"
        linecache._register_code(key, program, "<string>")
    if not sys.flags.safe_path:
        sys.path.insert(0, "")
    return lambda: _rdbg.execute(code, main.namespace)


def _dedented(text):
    """A text without the space that all its lines begin with."""
    lines = [line if line.strip() else "" for line in text.split("\n")]
    starts = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line]
    common = os.path.commonprefix(starts)
    return "\n".join(line[len(common) :] for line in lines) if common else text


def _module(program, _main):
    """A module by name, found and run as ``python -m`` does."""
    if not sys.flags.safe_path:
        sys.path.insert(0, os.getcwd())
    sys.argv[0] = "-m"
    top = program.partition(".")[0]
    if top not in sys.modules and sys.modules["_frozen_importlib"]._find_spec(top, None) is None:
        _plain("-m", program, *sys.argv[1:])
    return _by_runpy(program, True)


def _folder(program, _main):
    """A folder or an archive, whose ``__main__`` is imported from it."""
    sys.path.insert(0, os.path.abspath(program))
    return _by_runpy("__main__", False)


def _by_runpy(module, alter_argv):
    import runpy

    return lambda: _rdbg.call(runpy._run_module_as_main, module, alter_argv)


def _is_archive(path):
    """Whether the end of a file says that it is a zip archive."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 65_557))
            return b"PK\x05\x06" in file.read()
    except OSError:
        return False
