"""A metaclass whose __prepare__ gives a mapping of its own to the class body."""


class Recording(dict):
    def __init__(self):
        super().__init__()
        self.order = []

    def __setitem__(self, key, value):
        if not key.startswith("__"):
            self.order.append(key)
        super().__setitem__(key, value)


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **options):
        space = Recording()
        return space

    def __new__(mcs, name, bases, space, **options):
        made = super().__new__(mcs, name, bases, dict(space))
        made.order = space.order
        made.options = options
        return made

    def __init__(cls, name, bases, space, **options):
        super().__init__(name, bases, space)


class Model(metaclass=Meta, table="models"):
    b = 1
    a = 2
    b = 3

    def method(self):
        return self.a


model = Model()
print(Model.order, Model.options, model.method())
