# Raised two generators deep, driven by a C function.
def read(lines):
    for line in lines:
        yield line.strip()


def parse(lines):
    for line in read(lines):
        yield int(line)


def total(lines):
    return sum(parse(lines))


total(["1", "x"])
