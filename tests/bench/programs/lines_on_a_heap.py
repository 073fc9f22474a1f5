"""What one line costs where its object holds so many others: `lines_on_a_heap.py OBJECTS`.

Prints `line NAME MICROSECONDS` for each. What a line deals with is small; only what else hangs on `self` grows.
"""

import collections
import copy
import enum
import functools
import heapq
import io
import json
import logging
import re
import sys
import threading
from time import monotonic, process_time


class Item:
    def __init__(self, i):
        self.i = i


class Mode(enum.Enum):
    SLOW = 1
    FAST = 2


class Service:
    def __init__(self, count):
        self.by = {}
        for i in range(count):
            item = Item(i)
            self.by[i] = item
        self.hits = 0
        self.name = "service"
        self.small = {"k": 1}
        self.few = ["bb", "a"]
        self.log = []
        self.heap = []
        self.queue = collections.deque()
        self.lock = threading.Lock()
        self.regex = re.compile("a+")
        self.out = io.StringIO()
        self.logger = logging.getLogger("service")
        self.bound = functools.partial(len, "abc")
        self.mode = Mode.FAST

    @property
    def count(self):
        return self.hits

    @functools.cached_property
    def kept(self):
        return self.hits

    def give(self):
        yield self.hits

    def no_call(self):
        self.hits = self.by[5].i

    def call_of_own(self):
        self.no_call()

    def rare_call(self, is_rare=False):
        if is_rare: self.log.append(1)  # noqa: E701

    def with_lock(self):
        with self.lock:
            pass

    def match(self):
        self.regex.match("aaa")

    def get_attribute(self):
        getattr(self, "hits", 0)

    def is_instance(self):
        isinstance(self, Service)

    def dump(self):
        json.dumps(self.small)

    def copy(self):
        copy.copy(self.small)

    def set_default(self):
        self.small.setdefault("q", [])

    def push_and_pop(self):
        heapq.heappush(self.heap, 1)
        heapq.heappop(self.heap)

    def queue_and_back(self):
        self.queue.append(1)
        self.queue.popleft()

    def length(self):
        len(self.by)

    def text(self):
        f"{self.name} {self.hits}"

    def print(self):
        print(self.name, file=self.out)

    def debug(self):
        self.logger.debug("hits %s", self.hits)

    def sort_by_key(self):
        sorted(self.few, key=len)

    def call_partial(self):
        self.bound()

    def replace(self):
        self.by[5] = Item(5)

    def read_enum(self):
        self.mode is Mode.FAST

    def read_properties(self):
        self.count + self.kept

    def iterate(self):
        for hits in self.give():
            pass

    def catch(self):
        try:
            self.small["missing"]
        except KeyError:
            pass


def microseconds(method):
    """What a call costs, with the line of the loop: of twice as many until they take long enough, behind the first two."""
    method()
    method()
    count = 1
    while True:
        begin = process_time()
        for _ in range(count):
            method()
        took = process_time() - begin
        if took > 0.02 or count > 2000:
            return took / count * 1e6
        count *= 2


service = Service(int(sys.argv[1]))
names = [name for name, value in vars(Service).items() if callable(value) and name not in ("__init__", "give")]
for name in names:
    print("line", name, microseconds(getattr(service, name)), file=sys.stderr, flush=True)
print("ended", monotonic(), file=sys.stderr)
