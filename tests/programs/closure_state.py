"""State that only closures and bound methods hold, between the calls that use it."""


def memo(function):
    cache = {}

    def look(key):
        if key not in cache:
            cache[key] = [function(key)]
        return cache[key]

    return look


@memo
def square(number):
    return number * number


def bank(balance):
    entries = []
    latest = [balance]

    def pay(amount):
        nonlocal latest
        latest = [latest[0] + amount]
        entries.append(latest)
        return latest

    def shown():
        return entries, latest

    return pay, shown


class Meter:
    def __init__(self):
        self.seen = []

    def note(self, value):
        self.seen.append(value)
        return self.seen


def factorial():
    steps = []

    def run(number):
        steps.append(number)
        return 1 if number < 2 else number * run(number - 1)

    return run


pay, shown = bank(10)
for amount in range(3):
    pay(amount)
    square(amount % 2)
entries, latest = shown()
note = Meter().note
note(1)
note(2)
run = factorial()
run(3)
run(2)
for count in range(3):
    other, _ = bank(count)
    other(1)
handlers = {"pay": pay, "note": Meter().note}
for name in "pay", "note", "pay":
    handlers[name](5)
print(len(entries), latest, square(1), note(3), shown())
