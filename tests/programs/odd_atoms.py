"""Big ints, NaN, infinities, lone surrogates, NUL, bytes, astral text, ranges."""

import math


def numbers():
    big = 2**200
    big = -big
    big += 1
    huge = 7**2000
    edge = 2**63 - 1
    edge += 1
    edge = -(2**63)
    edge -= 1
    nan = math.nan
    infinite = [math.inf, -math.inf, nan]
    tiny = 5e-324
    odd = complex(-0.0, math.nan)
    return big, huge % 1000, edge, infinite, tiny, odd


def texts():
    lone = "a\ud800b"
    nul = "x\0y"
    astral = "é\u4e2d\U0001f40d"
    quotes = "it's \"both\"\n\t\x1b[31m"
    raw = bytes(range(256))[120:136]
    separators = "\u2028\u202e\x7f"
    return len(lone), nul, astral, quotes, raw, ascii(separators)


print(numbers())
print(ascii(texts()))
spans = [range(3), range(10, 0, -3), slice(1, 2), ..., NotImplemented]
print(spans)
