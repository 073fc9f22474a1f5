"""Long strings and bytes that differ only at the end, or only in length."""


def grow():
    base = "x" * 3000
    one = base + "a"
    two = base + "b"
    one = base + "c"
    wide = base + "\u4e2d"
    data = b"y" * 2500 + b"1"
    data = b"y" * 2500 + b"2"
    data = data[:-1]
    pair = [one, two]
    pair[0] = base + "d"
    return pair[0][-1] + wide[-1], len(data)


print(ascii(grow()))
