"""Attributes that change an object when they are read: seen at once, and no burden where nobody reads them."""

from harness import assert_sound, rdbg, record, write

APP = """
import enum
import functools
import operator

class Colour(enum.Enum):
    RED = 1

class Counting:
    def __get__(self, instance, owner=None):
        instance.log.append(instance.number)
        return instance.number

class Thing:
    hits = Counting()

    def __init__(self, number):
        self.number = number
        self.log = []

    @functools.cached_property
    def double(self):
        return 2 * self.number

class Rows(dict):
    def __missing__(self, key):
        self[key] = [key]
        return self[key]

def matched(thing):
    match thing:
        case Thing(double=found):
            return found

def ways(thing, rows):
    yield thing.double
    yield thing.hits
    yield getattr(thing, "hits")
    yield operator.attrgetter("hits")(thing)
    yield rows[thing.number]
    yield Colour.RED.name
    yield matched(Thing(9))

def shown(thing, rows):
    return sorted(vars(thing).items()), dict(rows)

things = [Thing(number) for number in range(200)]
rows = Rows()
for given in ways(things[150], rows):
    seen = shown(things[150], rows)
    print(given, *seen)
other = Thing(5)
found = matched(other)
print(vars(other))
"""


def test_what_reading_an_attribute_changes_is_seen_at_once(tmp_path):
    write(tmp_path, "app.py", APP)
    done = record(tmp_path, "app.py")
    assert done.returncode == 0, done.stderr.decode()
    assert_sound(tmp_path)
    printed = done.stdout.decode().splitlines()
    line = APP.splitlines().index("    print(given, *seen)") + 1
    place = f"app.py:{line}"
    commands = ["-e", f'trace {place} "{{given}} {{seen[0]}} {{seen[1]}}"']
    told = rdbg(tmp_path, "replay", "t.db", *commands).stdout.decode().splitlines()
    rows = [row.partition(f"{place} ")[2] for row in told if f"{place} " in row]
    assert rows == printed[:-1]
    fields = 'trace %s "{sorted(things[150].__dict__.items())} {dict(rows)}"' % place
    told = rdbg(tmp_path, "replay", "t.db", "-e", fields).stdout.decode().splitlines()
    rows = [row.partition(f"{place} ")[2] for row in told if f"{place} " in row]
    assert rows == [row.split(" ", 1)[1] for row in printed[:-1]]
    last = rdbg(tmp_path, "replay", "t.db", "-e", "goto end", "-e", "p other.__dict__").stdout.decode()
    assert printed[-1] in last
