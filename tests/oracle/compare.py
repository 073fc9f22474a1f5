"""Compare what rdbg dumped with what the oracle saw.

`python compare.py TRACE_DUMP.jsonl ORACLE.jsonl` prints the first differences and
ends with 1 if there are any. Events are compared per thread (their order across
threads is the scheduler's). What is compared:

* each event's kind, file name, function, line, depth and frame, in sequence;
* on `line` events every local: names, their order, values, and which values are
  the same object (ids are matched one to one inside each event, and across events
  where the oracle kept all objects alive);
* on `return` and `yield` the value, on `raise`, `handle` and `unwind` the exception.

What is not compared, and why:

* whatever the oracle marks opaque (functions, classes, modules, instances of
  classes the program did not define) is compared by type name alone;
* contents past 10,000 items or 65,536 characters;
* order inside sets (it may follow addresses) and order of fields;
* the line of `start` (the interpreter itself says 0 for a module and a
  decorator's line for a decorated function, a user expects another) and of
  events on instructions that have no line;
* the value of an async generator's `yield`, which reaches a monitoring tool
  inside a private wrapper that rdbg may open and the oracle cannot;
* `throw` carries no exception in the dump.
"""

import json
import os
import sys

SHOWN = 5
ITEM_LIMIT = 10_000
STRING_LIMIT = 65_536
WRAPPED_YIELD = "async_generator_wrapped_value"
EXCEPTION_EVENTS = ("raise", "handle", "unwind")


def load(path):
    """Events of one file."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def by_thread(events):
    """Thread key -> its events. The key is the name and which bearer of it this is."""
    numbers = {}
    threads = {}
    for event in events:
        number, name = event["thread"], event.get("thread_name", "")
        if number not in numbers:
            bearer = sum(1 for other, _ in numbers.values() if other == name)
            numbers[number] = (name, bearer)
        threads.setdefault(numbers[number], []).append(event)
    return threads


def content_key(value):
    """A sort key for items of a set: the value without its ids."""

    def strip(node):
        if isinstance(node, dict):
            return {k: strip(v) for k, v in node.items() if k not in ("id", "opaque")}
        return [strip(item) for item in node] if isinstance(node, list) else node

    return json.dumps(strip(value), sort_keys=True)


class Matching:
    """A one-to-one relation between the ids of the two sides."""

    def __init__(self):
        self.there = {}
        self.back = {}

    def agrees(self, ours, theirs):
        """Whether the pair fits the relation, adding it where both are new."""
        return (
            self.there.setdefault(ours, theirs) == theirs
            and self.back.setdefault(theirs, ours) == ours
        )


def plain_type(value):
    """The type name; `deque` is known by its short name as well."""
    name = value.get("type")
    return "deque" if name == "collections.deque" else name


def value_differences(trace, oracle, where, ids):
    """Yield a sentence for each difference between two VALUEs."""
    if oracle.get("type") == WRAPPED_YIELD:
        return
    if plain_type(trace) != plain_type(oracle):
        yield f"{where}: {brief(trace)} in the trace, {brief(oracle)} in truth"
        return
    if oracle.get("opaque"):
        return
    if "unknown" in trace or "redacted" in trace:
        yield f"{where}: not captured ({brief(trace)}), in truth {brief(oracle)}"
        return
    if trace.get("len") != oracle.get("len") and not ("repr" in trace and "repr" in oracle):
        yield f"{where}: len {trace.get('len')} in the trace, {oracle.get('len')} in truth"
        return
    if oversized(trace) or oversized(oracle):
        return
    if "repr" in oracle and trace.get("repr") != oracle["repr"] and not is_subclass_atom(oracle):
        yield f"{where}: {brief(trace)} in the trace, {brief(oracle)} in truth"
        return
    # The empty tuple is one constant that nobody has to hold.
    has_identity = "id" in trace and "id" in oracle and (oracle["type"], oracle.get("len")) != ("tuple", 0)
    if has_identity and not ids.agrees(trace["id"], oracle["id"]):
        yield f"{where}: aliasing differs, #{trace['id']} stands for more or fewer than one object"
    if bool(trace.get("cycle")) != bool(oracle.get("cycle")):
        yield f"{where}: cycle {trace.get('cycle')} in the trace, {oracle.get('cycle')} in truth"
        return
    yield from items_differences(trace, oracle, where, ids)
    yield from fields_differences(trace, oracle, where, ids)


def is_subclass_atom(value):
    """Whether VALUE is an instance of a user class derived from int, str, …"""
    return "fields" in value


def oversized(value):
    """Whether contents are cut, or beyond what is compared."""
    length = value.get("len") or 0
    return bool(value.get("truncated")) or length > ITEM_LIMIT or len(value.get("repr", "")) > STRING_LIMIT


def items_differences(trace, oracle, where, ids):
    """Compare the items of two containers, in order unless they are sets."""
    ours, theirs = trace.get("items"), oracle.get("items")
    if (ours is None) != (theirs is None):
        yield f"{where}: items {'missing' if ours is None else 'shown past the depth'} in the trace"
        return
    if ours is None:
        return
    if len(ours) != len(theirs):
        yield f"{where}: {len(ours)} items in the trace, {len(theirs)} in truth"
        return
    if oracle["type"] in ("set", "frozenset"):
        ours, theirs = sorted(ours, key=content_key), sorted(theirs, key=content_key)
    for index, (mine, real) in enumerate(zip(ours, theirs)):
        if isinstance(real, list):
            yield from value_differences(mine[0], real[0], f"{where} key {index}", ids)
            yield from value_differences(mine[1], real[1], f"{where}[{brief(real[0])}]", ids)
        else:
            yield from value_differences(mine, real, f"{where}[{index}]", ids)


def fields_differences(trace, oracle, where, ids):
    """Compare attributes; an object that shows none may leave `fields` out."""
    ours, theirs = trace.get("fields") or {}, oracle.get("fields") or {}
    for name in theirs:
        if name not in ours:
            yield f"{where}.{name}: missing in the trace, in truth {brief(theirs[name])}"
        else:
            yield from value_differences(ours[name], theirs[name], f"{where}.{name}", ids)
    for name in ours:
        if name not in theirs:
            yield f"{where}.{name}: {brief(ours[name])} in the trace, absent in truth"


def locals_differences(trace, oracle, ids):
    """Compare the locals of two `line` events."""
    ours, theirs = trace.get("locals", {}), oracle.get("locals", {})
    for name in theirs:
        if name not in ours:
            yield f"{name}: missing in the trace, in truth {brief(theirs[name])}"
        else:
            yield from value_differences(ours[name], theirs[name], name, ids)
    for name in ours:
        if name not in theirs:
            yield f"{name}: {brief(ours[name])} in the trace, unbound in truth"
    if set(ours) == set(theirs) and list(ours) != list(theirs):
        yield f"order of names: {list(ours)} in the trace, {list(theirs)} in truth"


def event_differences(trace, oracle, frames, ids):
    """Compare two events of one thread that stand at the same place in it."""
    kind = oracle["event"]
    for key in ("event", "func", "depth", "line"):
        if key == "line" and (kind == "start" or not oracle.get("line") or not trace.get("line")):
            continue
        if trace.get(key) != oracle.get(key):
            yield f"{key}: {trace.get(key)!r} in the trace, {oracle.get(key)!r} in truth"
    if os.path.basename(trace.get("file", "")) != os.path.basename(oracle["file"]):
        yield f"file: {trace.get('file')} in the trace, {oracle['file']} in truth"
    if trace.get("event") != kind:
        return
    if "frame" in trace and not frames.agrees(trace["frame"], oracle["frame"]):
        yield f"frame: {trace['frame']} stands for more or fewer than one frame"
    if kind == "line":
        yield from locals_differences(trace, oracle, ids)
    elif kind in ("return", "yield"):
        yield from value_differences(trace.get("value", {}), oracle["value"], "value", ids)
    elif kind in EXCEPTION_EVENTS:
        seen = trace.get("exception", {})
        yield from value_differences(seen, oracle["exception"], "exception", ids)


def brief(value):
    """A VALUE in a few words."""
    text = value.get("repr") or json.dumps({k: v for k, v in value.items() if k != "opaque"})
    text = text if len(text) <= 100 else text[:60] + " … " + text[-35:]
    return f"{value.get('type')} {text}"


def place(event):
    """Where an event stands, for people."""
    return f"@{event.get('pos')} {event['event']} {event.get('func')}:{event.get('line')}"


def differences(trace, oracle, is_kept=False):
    """Yield every difference between two recordings, as text, thread by thread.

    `is_kept` says that the oracle kept all objects alive: an id is one object's throughout.
    """
    whole = Matching()
    ours, theirs = by_thread(trace), by_thread(oracle)
    if set(ours) != set(theirs):
        yield f"threads: {sorted(ours)} in the trace, {sorted(theirs)} in truth"
    for key, real in theirs.items():
        mine = ours.get(key, [])
        frames = Matching()
        for index, (one, other) in enumerate(zip(mine, real)):
            ids = whole if is_kept else Matching()
            found = list(event_differences(one, other, frames, ids))
            for text in found:
                yield f"{key[0]} event {index}, trace {place(one)}, truth {place(other)}\n    {text}"
            if one["event"] != other["event"] or one.get("func") != other["func"]:
                yield f"{key[0]}: the sequences part here; what follows is not compared"
                break
        else:
            if len(mine) != len(real):
                longer = mine if len(mine) > len(real) else real
                first = longer[min(len(mine), len(real))]
                yield (
                    f"{key[0]}: {len(mine)} events in the trace, {len(real)} in truth; "
                    f"the first without partner: {place(first)}"
                )


def compare(trace_path, oracle_path, limit=SHOWN):
    """The first `limit` differences, as a list of texts."""
    found = []
    for text in differences(load(trace_path), load(oracle_path)):
        found.append(text)
        if len(found) == limit:
            break
    return found


def main():
    """Compare two files named on the command line."""
    if len(sys.argv) != 3:
        print("usage: compare.py TRACE_DUMP.jsonl ORACLE.jsonl", file=sys.stderr)
        return 2
    found = compare(sys.argv[1], sys.argv[2])
    for text in found:
        print(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
