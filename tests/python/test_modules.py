"""What modules hold: changed through a module's name from elsewhere, and made before recording began."""

from harness import assert_sound, bare, dump, rdbg, record, write

STATE = """
class Config:
    def __init__(self):
        self.level = 1

count = 0
items = []
table = {"high": 9}
names = {"a"}
queue = [5]
conf = Config()

def show():
    return count, list(items), dict(table), sorted(names), list(queue), conf.level
"""

APP = """
import heapq
import state
import state as other

keep = [[number] for number in range(200)]

def by_name():
    state.count += 1
    state.items.append("x")
    state.table["high"] = 0
    state.names.add("b")
    state.conf.level = 5
    heapq.heappush(state.queue, 3)
    return state.show()

def by_import():
    from state import items, table
    items.append("y")
    table["low"] = 7
    return state.show()

def by_local_name():
    import state as local
    local.items += ["z"]
    del local.table["low"]
    local.__dict__["count"] = 40
    list(map(local.names.add, ["c"]))
    setattr(other, "queue", [])
    return local.show()

for change in (state.show, by_name, by_import, by_local_name):
    print(change())
"""


def test_a_module_s_state_is_seen_at_once_whoever_changes_it(tmp_path):
    write(tmp_path, "state.py", STATE)
    write(tmp_path, "app.py", APP)
    done = record(tmp_path, "app.py")
    assert done.returncode == 0
    assert_sound(tmp_path)
    shown = rdbg(
        tmp_path,
        "replay",
        "t.db",
        "-e",
        'trace state.py:14 "({count}, {list(items)}, {dict(table)}, {sorted(names)}, {queue}, {conf.level})"',
    )
    lines = [line.partition(" ")[2] for line in shown.stdout.decode().splitlines() if " (" in line]
    told = [line[line.index("(") :] for line in lines if "state.py:14" in line]
    assert told == done.stdout.decode().splitlines()


def test_last_names_the_line_in_the_other_module(tmp_path):
    write(tmp_path, "state.py", STATE)
    write(tmp_path, "app.py", APP)
    assert record(tmp_path, "app.py").returncode == 0
    last = rdbg(tmp_path, "replay", "t.db", "-e", "b state.py:14", "-e", "c", "-e", "c", "-e", "last count")
    assert "state.count += 1" in last.stdout.decode()


def test_what_was_made_before_recording_is_the_program_s(tmp_path):
    """A class is the program's by its file, whether or not its code runs again."""
    write(
        tmp_path,
        "store.py",
        """
class Item:
    def __init__(self, price):
        self.price = price

class Cart:
    def __init__(self):
        self.items = {"pen": Item(3)}
""",
    )
    write(
        tmp_path,
        "app.py",
        """
import rdbg
from store import Cart, Item

cart = Cart()
with rdbg.record("t.db"):
    cart.items["ink"] = [4]
    done = 1
""",
    )
    assert bare(tmp_path, "app.py").returncode == 0
    at_done = [event for event in dump(tmp_path) if event["event"] == "line"][-1]["locals"]["cart"]
    assert at_done["type"] == "store.Cart"
    pairs = at_done["fields"]["items"]["items"]
    assert [key["repr"] for key, _ in pairs] == ["'pen'", "'ink'"]
    assert pairs[0][1]["fields"]["price"]["repr"] == "3"
