"""Imports of all kinds, a module made by hand, and its namespace changed."""

import collections as renamed
import importlib
import json.decoder
import types
from os.path import join, split as cut


def inside():
    import math
    from string import ascii_lowercase as letters

    return math.floor(2.5), letters[:3]


module = types.ModuleType("made")
exec("value = 1\ndef get(): return value", module.__dict__)
module.value = [2]
got = module.get()
again = importlib.import_module("json") is json
try:
    import no_such_module_here
except ImportError as error:
    missing = error.name
pair = cut(join("a", "b"))
print(renamed.OrderedDict.__name__, inside(), got, again, missing, pair)
