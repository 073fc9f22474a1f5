"""The words that `fuzz.py` makes programs of: templates with holes.

A hole is a letter in angle brackets. Capital letters are variables of a kind, the same
letter with `=` a variable that may be bound anew, small letters expressions:

    <L> list      <D> dict      <S> set of atoms   <Q> deque   <O> Node     <T> Slot
    <W> str       <I> int       <U> tuple          <X> anything
    <l> a list    <v> a value   <k> a hashable atom   <i> a small int   <s> a str
    <c> anything that can change   <n> a small number   <N> a fresh name   <B> a block

A hole with a digit (`<L1>`, `<L1=>`) and `<N>` are the same wherever they stand in one template.

A statement that may well raise begins with `?`: it is mostly put into a `try`. One that
needs a loop, a generator or a coroutine around it begins with `loop:`, `gen:` or `async:`. Every program must
end, print no address, and run alike twice: no order of a set of objects, no `id`, no
comparison of containers, which may hold themselves.
"""

PRELUDE = '''\
import bisect, collections, contextlib, copy, dataclasses, enum, functools, gc, heapq, io
import itertools, json, operator, random, re, sys, threading, types, typing, weakref

gc.disable()
problems = []
G = [1, [2]]
H = {"g": G, 1: None}


class Node:
    shared = []
    count = 0

    def __init__(self, value=None, items=None):
        self.value = value
        self.items = [] if items is None else items

    def __repr__(self):
        return "Node"

    def add(self, value):
        self.items.append(value)
        return self

    @property
    def last(self):
        self.count += 1
        return self.items[-1] if self.items else None

    @last.setter
    def last(self, value):
        self.items[-1:] = [value]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self.value = name
        return None

    def __iadd__(self, value): self.items.append(value); return self
    def __call__(self, value): self.items.insert(0, value); return value
    def __contains__(self, value): Node.shared.append(1); return True
    def __iter__(self): return iter(self.items)
    def __getitem__(self, key): self.key = key; return self.value
    def __setitem__(self, key, value): self.items.append((key, value))
    def __delitem__(self, key): self.items.clear()
    def __enter__(self): self.items.append("in"); return self.items
    def __exit__(self, *_): self.items.append("out"); return True
    def __add__(self, other): self.value = [other]; return self.value
    def __radd__(self, other): self.value = [other]; return self.items
    def __bool__(self): self.asked = True; return len(self.items) > 1
    def __lt__(self, other): self.items.append("<"); return False
    def __format__(self, spec): self.items.append(spec); return "node"


class Slot:
    __slots__ = ("x", "y", "__weakref__")

    def __init__(self, x=0, y=None):
        self.x = x
        if y is not None: self.y = y

    def swap(self):
        self.x, self.y = getattr(self, "y", None), self.x
        return self


class Triple(Slot):
    __slots__ = ("z",)


class Bag(list):
    def append(self, value):
        self.last = value
        super().append(value)


class Table(dict):
    def __missing__(self, key):
        self[key] = made = [key]
        return made


class Dying:
    def __init__(self, log, tag):
        self.log = log
        self.tag = tag

    def __del__(self):
        self.log.append(self.tag)


@dataclasses.dataclass
class Point:
    x: object = 0
    tags: list = dataclasses.field(default_factory=list)


class Named(typing.NamedTuple):
    one: object
    two: object


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def pushes(target, values):
    for value in values:
        target.append(value)
        yield target


def keeps(value, kept=[]):
    kept.append(value)
    del kept[3:]
    return kept


@functools.lru_cache(maxsize=4)
def cached(key):
    return [key]


def wrapped(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        args[0].append("wrapped")
        return function(*args, **kwargs)
    return inner


@wrapped
def pop_or(target, other=None):
    return target.pop() if target else other


def passes(*args, **kwargs):
    return args, kwargs
'''

ATOMS = """0|1|2|-1|True|False|None|1.0|0.5|-0.0|2.0|"a"|"b"|""|"ab"|b"x"|10**30|-(2**63)|2**64|1j
float("nan")|float("inf")|"\\ud800"|(1, 2)|(1.0, 2)|()|range(3)|Colour.RED|frozenset({1})""".replace("\n", "|").split("|")

NEW_LISTS = """[]|[<v>]|[<k>, <v>]|[<v>, <v>, <k>]|[[<k>], [<v>]]|list(<U>)|<L>[:]|list(<D>.values())|[*<L>[:2], <v>]
[<v> for <N> in range(<n>)]|[[<N>] for <N> in <L>[:3]]|sorted(<S>, key=repr)|[<L>, <D>]|copy.copy(<L>)|[None] * <n>
<L> + [<v>]|Bag([<v>])|[<c>] * 2|list(map(lambda <N>: <N>, <L>[:3]))|list(itertools.islice(<Q>, 2))""".replace("\n", "|").split("|")
NEW_DICTS = """{}|{<k>: <v>}|{<k>: <v>, <k>: <c>}|dict(<D>)|dict.fromkeys([<k>, <k>], <L>)|{**<D>, <k>: <v>}|Table()
collections.defaultdict(list)|collections.OrderedDict([(<k>, <v>), (<k>, <v>)])|{<N>: <v> for <N> in range(<n>)}
{"x": <L>, "y": <L>}|dict(zip("ab", <L>))|collections.Counter("abca")|<D>.copy()|{1: <v>, True: <v>, 1.0: <v>}""".replace("\n", "|").split("|")
NEW = {
    "L": NEW_LISTS,
    "D": NEW_DICTS,
    "S": ["set()", "{1, 2}", "{<k>}", "set('abc')", "{<k>, <k>}", "set(<S>)", "<S> | {<k>}", "frozenset((1, 'z'))"],
    "Q": ["collections.deque()", "collections.deque([<v>, <v>])", "collections.deque(<L>, 4)", "collections.deque([<c>])"],
    "O": ["Node()", "Node(<v>)", "Node(<k>, <L>)", "Node(<O>, [<v>])", "copy.copy(<O>)", "Node(<v>).add(<v>)"],
    "T": ["Slot()", "Slot(<v>)", "Slot(<c>, <v>)", "Triple(<v>, <k>)"],
    "W": ["'w'", "'a' * <n>", "str(<n>)", "<W> + 'x'", "<W>[:9] + 'y'", "f'{<n>}-{<I>}'", "'é' + <W>[:3]", "chr(300)"],
    "I": ["<n>", "<n> + 1", "len(<L>)", "<I> % 1000 + 1", "257 + <n>", "<I> // 2", "-<n>", "10**20 + <n>"],
    "U": ["()", "(<v>,)", "(<c>, <v>)", "(<L>, <L>)", "Named(<v>, <c>)", "tuple(<L>)", "(<k>, (<v>, <c>))"],
}
NEW["X"] = [
    "<v>", "<c>", "Point(<v>)", "Point(<k>, <L>)", "iter(<L>)", "iter(<D>.values())", "pushes(<L>, [<v>, <v>])",
    "functools.partial(<L>.append, <v>)", "lambda <N>=<L>: <N>.append(<v>)", "(<L>.pop() for <N> in range(2) if <L>)",
    "<D>.keys()", "<D>.items()", "enumerate(<L>)", "zip(<L>, <Q>)", "itertools.cycle([<v>])", "itertools.chain(<L>, [<v>])",
    "Dying(<L>, <k>)", "weakref.ref(<O>)", "types.SimpleNamespace(a=<v>, b=<c>)", "bytearray(b'ab')", "reversed(<L>)",
    "map(<L>.append, [1, 2])", "operator.itemgetter(0)", "io.StringIO('q')", "<O>.add", "keeps(<v>)", "cached(<n>)",
    "memoryview(bytearray(b'ab'))", "[Dying(<L>, <k>)]", "Node(Dying(<L>, <k>))", "itertools.tee(<L>[:2])", "object()",
    "itertools.accumulate([<v>, <v>], lambda one, two: <L>.append(two))", "functools.partial(passes, <v>, k=<c>)",
    "collections.ChainMap(<D>, {})", "collections.UserList(<L>)", "types.MappingProxyType(<D>)", "passes(<v>, k=<c>)",
    "contextlib.ExitStack()", "filter(<L>.append, [<v>])", "(<N> for <N> in <L>[:2])", "weakref.WeakValueDictionary(a=<O>)",
]
