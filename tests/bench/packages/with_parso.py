"""Parse a module of many functions into a tree."""

import parso
from timed import timed

FUNCTION = '''
def function_{0}(self, first, *rest, key={0}, **more):
    """Sum up."""
    if first in rest and not key:
        return [one * {0} for one in rest if one > first]
    total = {{"a": first, "b": (key, more)}}
    for name, value in total.items():
        print(f"{{name}} = {{value}}", end="\\n")
    return self.total[first:key].call(lambda one: one ** 2, *rest)
'''


def work(size):
    text = "".join(FUNCTION.format(at) for at in range(60 * size))
    tree = parso.load_grammar(version="3.12").parse(text, cache=False)
    assert tree.get_code() == text


timed(work)
