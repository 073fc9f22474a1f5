"""Read JSON by a grammar."""

import json

from lark import Lark, Transformer
from timed import timed

GRAMMAR = r"""
?start: value
?value: object | array | string | SIGNED_NUMBER -> number | "true" -> true | "false" -> false | "null" -> null
array: "[" [value ("," value)*] "]"
object: "{" [pair ("," pair)*] "}"
pair: string ":" value
string: ESCAPED_STRING
%import common.ESCAPED_STRING
%import common.SIGNED_NUMBER
%import common.WS
%ignore WS
"""


class ToPython(Transformer):
    array = list
    pair = tuple
    object = dict

    def string(self, parts):
        return parts[0][1:-1]

    def number(self, parts):
        return float(parts[0])

    def true(self, _parts):
        return True

    def false(self, _parts):
        return False

    def null(self, _parts):
        return None


def work(size):
    parser = Lark(GRAMMAR, parser="lalr")
    record = {"list": [1, 0.5, True, None], "text": {"inner": "some text"}}
    data = [{"number": at, **record} for at in range(360 * size)]
    tree = parser.parse(json.dumps(data, indent=1))
    assert ToPython().transform(tree) == data


timed(work)
