"""What classes hold: counters, registries, caches, through the class, its instances and subclasses."""


class Plugin:
    registry = []
    count = 0
    options = {"depth": 1}

    def __init__(self, name):
        self.name = name
        Plugin.count += 1
        self.registry.append(name)

    @classmethod
    def named(cls, name):
        made = cls(name)
        cls.last = made
        return made

    @property
    def shout(self):
        return self.name.upper()

    def deepen(self):
        options = self.options
        options["depth"] += 1
        return options


class Loud(Plugin):
    count = 100
    volume = 11


class Token:
    def __init__(self, value):
        self.value = value

    def __get__(self, instance, owner):
        return self.value


class Holder:
    token = Token(5)
    plain = Plugin("plain")


class Mixin:
    count = 3
    depth = 4


class Shelf(list, Mixin):
    size = 5


def cached(function):
    cache = {}

    def look(key):
        if key not in cache:
            cache[key] = function(key)
        return cache[key]

    return look


@cached
def square(number):
    return number * number


shelf = Shelf()
first = Plugin("first")
second = Loud.named("second")
first.deepen()
second.deepen()
Loud.volume += 1
setattr(Plugin, "added", [1])
Plugin.added.append(2)
first.added.append(3)
del Loud.count
Loud.registry = ["own"]
second.registry.append("later")
squares = [square(number % 3) for number in range(6)]
Plugin.registry = Plugin.registry + ["end"]
print(Plugin.count, Plugin.registry, Loud.registry, Plugin.options, Plugin.added, Holder.token, squares)
print(Loud.volume, Loud.last.shout, Holder.plain.name)
