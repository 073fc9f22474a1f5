"""match: literals, captures, classes, mappings, sequences, guards and or-patterns."""

from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def describe(subject):
    match subject:
        case 0 | 1:
            kind = "bit"
        case int(n) if n > 100:
            kind = f"big {n}"
        case str() as text:
            kind = f"text {text}"
        case Point(x=0, y=y):
            kind = f"on axis at {y}"
        case Point(x, y):
            kind = f"point {x},{y}"
        case {"name": name, **rest}:
            kind = f"named {name} {rest}"
        case [first, [second, *_], *others]:
            kind = f"nested {first} {second} {others}"
        case None:
            kind = "nothing"
        case _:
            kind = "other"
    return kind


subjects = [1, 500, "t", Point(0, 3), Point(1, 2), {"name": "n", "k": 1}]
subjects += [[1, [2, 3], 4, 5], None, 3.5]
for subject in subjects:
    print(describe(subject))
