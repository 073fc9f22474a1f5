"""An object has one number for as long as it lives, and shares it with no other."""

import sys

import pytest
from harness import ORACLE, PROGRAMS, PYTHON, run

# With all objects kept alive these run otherwise: they watch what is freed, or who runs when.
OTHERWISE = {
    "collected",
    "cycles",
    "lifetimes",
    "recursion_error",
    "thread_exception",
    "threads_interleaved",
}
# An object at the address of another that was freed on the same line, or by what is not seen.
SHARED = {"address_reuse_unnoticed", "pop_append_same_line", "tuple_reuse"}
if sys.version_info < (3, 13):
    # `reached`, on its last line.
    SHARED.add("shared_variables")
# Held by nothing but C code for a while: by a generator's consumer, by `type.__new__`.
PARTED = {
    "asyncio_tasks",
    "called_through_names",
    "exec_namespaces",
    "generator_arguments",
    "large_dicts",
    # Held by nothing but the evaluation stack: what a `for` goes over.
    "loop_ends",
}
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OTHERWISE | SHARED | PARTED])
def test_numbers_are_objects(name, recorded, tmp_path):
    from compare import differences, load

    run([*PYTHON, ORACLE / "oracle.py", "--keep", tmp_path / "oracle.jsonl", PROGRAMS / f"{name}.py"], tmp_path)
    trace = recorded(name).dump()
    found = list(differences(trace, load(tmp_path / "oracle.jsonl"), is_kept=True))
    assert trace and not found, "\n".join(found[:5])


def test_what_the_collector_frees_leaves_its_number_to_nothing(recorded):
    """In this program every object has a name of its own, and keeps it."""
    names = {}

    def look(shown):
        if isinstance(shown, dict):
            fields = shown.get("fields")
            if isinstance(fields, dict) and "name" in fields:
                names.setdefault(shown["id"], set()).add(fields["name"]["repr"])
            for inside in shown.values():
                look(inside)
        elif isinstance(shown, list):
            for inside in shown:
                look(inside)

    look(recorded("collected").dump())
    assert len(names) > 1000
    assert not {number: called for number, called in names.items() if len(called) > 1}
