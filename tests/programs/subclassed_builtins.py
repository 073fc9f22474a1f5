"""Subclasses of built-in types, with attributes and overridden methods."""


class Stack(list):
    def push(self, value):
        self.append(value)
        return self

    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())


class Upper(dict):
    def __getitem__(self, key):
        return super().__getitem__(key.upper())


class Text(str):
    pass


class Metres(float):
    def __new__(cls, value, unit="m"):
        made = super().__new__(cls, value)
        made.unit = unit
        return made


class Bag(set):
    pass


stack = Stack()
stack.push(1).push([2])
stack.name = "stack"
upper = Upper(A=1)
got = upper["a"]
text = Text("hello")
text.language = "en"
length = Metres(2.5, "km")
bag = Bag({1})
bag.owner = stack
pair = type("Pair", (tuple,), {})((1, stack))
print(list.__len__(stack), got, text + text.language, length + 1, length.unit, bag, len(pair))
