"""A call is judged by what is called, never by its name: code that is not recorded can change what it is
given, whatever its methods and functions are called."""

from harness import assert_sound, dump, record, write

METHODS = """
    add append appendleft clear discard insert move_to_end pop popitem popleft remove reverse rotate setdefault
    difference_update extend extendleft intersection_update symmetric_difference_update update
    capitalize casefold copy count decode difference encode endswith find format get index intersection isalnum
    isalpha isdecimal isdigit isdisjoint isidentifier islower isnumeric isspace issubset issuperset isupper items
    join keys ljust lower lstrip partition replace rfind rindex rjust rpartition rsplit rstrip split splitlines
    startswith strip swapcase symmetric_difference title translate union upper values zfill
""".split()
FUNCTIONS = """
    abs all any ascii bin bool bytes callable chr complex dict divmod enumerate float frozenset hasattr hash hex
    id int isinstance issubclass len list max min oct ord pow print range repr reversed round set slice sorted str
    sum super tuple type zip
""".split()

# Each appends to the list that it is given, and to one that only it can reach.
LIBRARY = """
class Box:
    def __init__(self, inner):
        self.inner = inner
""" + "".join(
    f"""
    def {name}(self, items, *more):
        items.append(1)
        self.inner.append(2)
        return self
"""
    for name in METHODS
) + "".join(
    f"""
def {name}(items):
    items.append(1)
    return items
"""
    for name in FUNCTIONS
)

# How a call can be written; each has one call of the name `N`, and `items` grows by one.
FORMS = {
    "variable": "box.N(items)",
    "attribute": "self.box.N(items)",
    "item": "self.boxes[0].N(items)",
    "global": "BOX.N(items)",
    "result": "made(box).N(items)",
    "text_first": "'a'.strip() and box.N(items)",
    "chained_upon_text": "(text.strip() or box).N(items)",
    "conditional": "box and box.N(items)",
    "comprehension": "[each.N(items) for each in [box]]",
    "rebound": "box = box.N(items)",
    "key_first": "box.N(items, len(text), made(text))",
    "loop": "for each in (box,): each.N(items)",
    "keyword": "box.N(items=items)",
    "star": "box.N(*[items])",
}

MANY = "keep = [[number] for number in range(200)]\n"


def program():
    lines = [
        "from library import Box",
        MANY,
        "BOX = Box([])",
        "def made(box, *more):",
        "    return box",
        "class Holder:",
        "    def __init__(self):",
        "        self.box = Box([])",
        "        self.boxes = [Box([])]",
    ]
    for name in METHODS:
        for form, text in FORMS.items():
            lines += [
                f"    def {name}_{form}(self, box, items, text):",
                f"        {text.replace('N', name)}",
                "        done = list(items)",
                "        return done",
            ]
    lines += ["holder = Holder()"]
    lines += [f"holder.{name}_{form}(Box([]), [], '')" for name in METHODS for form in FORMS]
    return "\n".join(lines) + "\n"


def test_methods_are_not_judged_by_their_names(tmp_path):
    write(tmp_path, "library.py", LIBRARY)
    write(tmp_path, "app.py", program())
    assert record(tmp_path, "app.py", options=("--quiet", "--exclude", "library")).returncode == 0
    assert_sound(tmp_path)
    lines = {}
    for event in dump(tmp_path):
        if event["event"] == "line":
            lines.setdefault(event["func"].removeprefix("Holder."), []).append(event)
    wrong = []
    for name in METHODS:
        for form in FORMS:
            seen = lines[f"{name}_{form}"]
            shown, copied = seen[-2]["locals"]["items"], seen[-1]["locals"]["done"]
            assert len(copied["items"]) == 1, (name, form)
            if shown["items"] != copied["items"]:
                wrong.append(f"{name}_{form}")
    assert not wrong


def test_functions_are_not_judged_by_their_names(tmp_path):
    write(tmp_path, "library.py", LIBRARY)
    text = "import library\n" + MANY
    for name in FUNCTIONS:
        text += f"""
def call_{name}(items):
    from library import {name}
    {name}(items)
    done = [*items]
    return done
call_{name}([])
"""
    for name in FUNCTIONS:
        text += f"""
from library import {name}
def global_{name}(items):
    {name}(items)
    done = [*items]
    return done
global_{name}([])
"""
    write(tmp_path, "app.py", text)
    assert record(tmp_path, "app.py", options=("--quiet", "--exclude", "library")).returncode == 0
    events = list(dump(tmp_path))
    for name in FUNCTIONS:
        for form, at in (("call", 2), ("global", 1)):
            lines = [event for event in events if event["event"] == "line" and event["func"] == f"{form}_{name}"]
            assert lines[at]["locals"]["items"]["len"] == 1, (form, name)


def test_an_attribute_of_a_class_of_the_library_is_seen_at_once(tmp_path):
    """The decoder keeps the bytes of a character that is not complete."""
    write(
        tmp_path,
        "app.py",
        """
import codecs
class Reader:
    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")()
    def feed(self, data):
        text = self.decoder.decode(data)
        pending = self.decoder.buffer
        return text, pending
Reader().feed(b"a\\xc3")
""",
    )
    assert record(tmp_path, "app.py").returncode == 0
    last = [event for event in dump(tmp_path) if event["event"] == "line"][-1]
    assert last["func"] == "Reader.feed"
    fields = last["locals"]["self"]["fields"]["decoder"]["fields"]
    assert fields["buffer"]["repr"] == r"b'\xc3'"
