"""`rdbg.open`: a trace as Python objects."""

import doctest
import os

import pytest
import rdbg
from harness import record, write

PROGRAM = """
class Shop:
    def __init__(self):
        self.prices = {"tea": 3, (1, 2): 4.5}

def values():
    text, data, big, odd = "a\\ud800", b"\\x00", -2**70, {1}
    span, number, nothing, many = range(1, 9, 2), 2j, None, ["x"] * 3
    shop = Shop()
    many.append("y")
    try:
        {}["missing"]
    except KeyError:
        pass
    return shop

values()
"""


@pytest.fixture
def trace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(tmp_path, write(tmp_path, "app.py", PROGRAM))
    return rdbg.open("t.db")


def test_events_are_a_sequence(trace):
    assert len(trace) == len(list(trace)) == trace.info.events
    assert trace[3].position == 3 and [e.position for e in trace[2:5]] == [2, 3, 4]
    assert trace.events[-1].kind == "return" and trace.events[-1].function == "<module>"
    assert [thread.name for thread in trace.threads] == ["MainThread"]
    assert (trace.info.program.endswith("app.py"), trace.info.ending) == (True, "exit 0")


def test_values_are_typed(trace):
    end = [event for event in trace if event.kind == "return" and event.function == "values"][0]
    values = end.locals
    assert (values["text"], values["data"], values["big"]) == ("a\ud800", b"\x00", -(2**70))
    assert (values["span"], values["number"], values["nothing"]) == (range(1, 9, 2), 2j, None)
    many, shop = values["many"], values["shop"]
    assert (many.type, many.kind, len(many), many.items) == ("list", "list", 4, ["x", "x", "x", "y"])
    assert shop.type == "Shop" and shop == end.value and hash(shop) == hash(end.value)
    prices = shop.fields["prices"]
    assert prices["tea"] == 3 and [key for key, _ in prices.pairs][1].items == [1, 2]
    assert not many.truncated and many.unknown is None
    assert [frame.function for frame in end.frames] == ["<module>", "values"]


def test_moving_and_asking(trace):
    end = [event for event in trace if event.kind == "return" and event.function == "values"][0]
    trace.goto(end.position)
    assert trace.evaluate("len(many) * 2") == 8
    assert trace.evaluate("[many[0], nothing]") == ["x", None]
    assert [len(moment.value) for moment in trace.history("many")] == [3, 4]
    assert trace.last("many").line == 10
    before = trace.position
    assert trace.step().position > before and trace.step(back=True).position == before
    trace.goto(0)
    assert trace.step(back=True) is None
    assert [event.value.type for event in trace.exceptions] == ["KeyError"]


def test_what_is_not_there_is_a_trace_error(trace, tmp_path):
    for ask, words in [
        (lambda: trace.evaluate("nope + 1"), "nope"),
        (lambda: trace.evaluate("1 +"), ""),
        (lambda: trace[10**6], "there is no @1000000"),
        (lambda: trace.goto(10**9), "there is no @1000000000"),
        (lambda: trace.goto("nowhere"), "there is no mark 'nowhere'"),
        (lambda: trace.goto("crash"), "no uncaught exception"),
        (lambda: rdbg.open(tmp_path / "none.db"), "no such trace"),
        (lambda: rdbg.open(tmp_path / "app.py"), "app.py"),
    ]:
        with pytest.raises(rdbg.TraceError) as caught:
            ask()
        assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_examples_in_the_documentation_run(tmp_path, monkeypatch):
    import rdbg._record
    import rdbg._trace

    monkeypatch.chdir(tmp_path)
    for module in (rdbg._record, rdbg._trace):
        done = doctest.testmod(module, extraglobs={"__name__": "__main__"})
        assert done.attempted > 1 and done.failed == 0


def test_stubs_name_what_there_is():
    folder = os.path.dirname(rdbg.__file__)
    with open(os.path.join(folder, "__init__.pyi")) as file:
        text = file.read()
    assert os.path.exists(os.path.join(folder, "py.typed"))
    for name in rdbg.__all__:
        assert f"def {name}(" in text or f"class {name}" in text, name
    for name in dir(rdbg._trace.Trace):
        assert name.startswith("_") or f"    def {name}(" in text, name
