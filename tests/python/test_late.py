"""What nothing leads to from a line: found later, said to be late, and never pinned on an innocent line."""

from harness import assert_sound, dump, rdbg, record, write

# More objects than are compared at one line, and a change that only C code leads to.
APP = """
import atexit

class Node:
    def __init__(self, number):
        self.number = number
        self.log = []

def reveal():
    atexit._run_exitfuncs()

def innocent(nodes):
    total = 0
    for node in nodes:
        total += node.number
    return total

shelves = [[Node(number) for number in range(200)] for _ in range(150)]
hidden = shelves[140][150]
atexit.register(hidden.log.append, "first")
del hidden
reveal()
for count in range(100):
    innocent(shelves[count])
last = shelves[140][150]
print(last.log)
"""


def ask(folder, *commands):
    words = [word for command in commands for word in ("-e", command)]
    done = rdbg(folder, "replay", "t.db", *words)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_change_that_nothing_leads_to_is_found_and_said_to_be_late(tmp_path):
    write(tmp_path, "app.py", APP)
    done = record(tmp_path, "app.py")
    assert done.stdout == b"['first']\n"
    assert_sound(tmp_path)
    made = next(row["pos"] for row in dump(tmp_path, "t.db", "--depth", "0") if row["func"] == "reveal" and row["event"] == "return")
    late = [row for row in dump(tmp_path, "t.db", "--depth", "0") if "late" in row]
    assert len(late) == 1
    (found,) = late[0]["late"]
    assert found["since"] <= made <= late[0]["pos"]
    said = f"changed between @{found['since']} and @{late[0]['pos']} by code that was not recorded"
    for question in ("last last.log", "why last.log[0]", "history last.log"):
        told = ask(tmp_path, "goto end", question)
        assert said in told, told
        assert "by the line below" not in told
    assert "'first'" in ask(tmp_path, "goto end", "p last.log")


def test_the_python_interface_says_it_too(tmp_path):
    import rdbg as library

    write(tmp_path, "app.py", APP)
    record(tmp_path, "app.py")
    trace = library.open(str(tmp_path / "t.db"))
    trace.goto(len(trace) - 1)
    before, after = trace.history("last.log")
    assert before.since is None
    assert before.position < after.since < after.position


# Every change that the line itself makes, in a heap that is too large to be compared, is told at once.
OWN = """
class Bag(list):
    pass

class Node:
    def __init__(self, number):
        self.number = number
        self.log = []
        self.table = {}

class Shelf:
    def __init__(self):
        self.bag = Bag()

def work(shelf, table, number):
    shelf.bag[-1].log.append(number)
    table["key"].table[number] = [number]
    shelf.bag[number % 7].number = -number
    top = shelf.bag.pop()
    top.log.append("popped")
    shelf.bag.append(top)
    return len(top.log), len(table["key"].table), shelf.bag[number % 7].number

shelves = [[Node(number) for number in range(200)] for _ in range(60)]
shelf = Shelf()
for row in shelves[:3]:
    shelf.bag.extend(row[:50])
table = {"key": shelves[7][8]}
for number in range(1, 40):
    print(*work(shelf, table, number))
"""


def test_what_a_line_itself_changes_is_exact_whatever_the_heap(tmp_path):
    write(tmp_path, "app.py", OWN)
    done = record(tmp_path, "app.py")
    told = ask(tmp_path, 'trace app.py:21 "{len(top.log)} {len(table[\'key\'].table)} {shelf.bag[number % 7].number}"')
    rows = [line.partition("app.py:21 ")[2] for line in told.splitlines() if "app.py:21 " in line]
    assert [row.strip('"\'') for row in rows] == done.stdout.decode().splitlines()
    assert not [row for row in dump(tmp_path, "t.db", "--depth", "0") if "late" in row]
