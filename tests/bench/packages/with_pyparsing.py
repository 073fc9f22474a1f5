"""Read arithmetic by a grammar, and compute what it says."""

import operator

import pyparsing
from timed import timed

WAYS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def fold(tokens):
    """`a op b op c …` from the left."""
    value, *rest = tokens[0]
    for way, other in zip(rest[::2], rest[1::2]):
        value = WAYS[way](value, other)
    return value


def work(size):
    number = pyparsing.Word(pyparsing.nums).set_parse_action(lambda tokens: int(tokens[0]))
    grammar = pyparsing.infix_notation(
        number,
        [
            (pyparsing.one_of("*"), 2, pyparsing.opAssoc.LEFT, fold),
            (pyparsing.one_of("+ -"), 2, pyparsing.opAssoc.LEFT, fold),
        ],
    )
    for at in range(300 * size):
        text = f"({at} + 2 * (3 + {at})) * 4 - 5 * (6 - (7 + {at}))"
        assert grammar.parse_string(text, parse_all=True)[0] == eval(text)


timed(work)
