"""exec and eval with dicts of their own, and code that defines functions."""

SOURCE = """
x = 1
def double(v):
    return v * 2
y = double(x + z)
"""


def run(source):
    space = {"z": 20}
    code = compile(source, "<generated>", "exec")
    exec(code, space)
    space.pop("__builtins__")
    names = sorted(space)
    return space["y"], names


def separate():
    outside, inside = {"a": 1}, {"b": 2}
    exec("c = a + b; b = 5", outside, inside)
    total = eval("a + b + c", outside, inside)
    return inside, total


print(run(SOURCE))
print(separate())
exec("made = [1, 2]")
exec(compile("made.append(3)\nagain = made", __file__, "exec"))
print(made, again is made)  # noqa: F821
