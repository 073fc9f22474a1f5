"""A context manager swallows the error that matters; what it leaves behind fails much later."""

from contextlib import contextmanager


class Store:
    def __init__(self):
        self.rows = {}
        self.version = 0
        self.trouble = []

    def write(self, key, value):
        if not isinstance(value, int):
            raise TypeError(f"{key} is no number: {value!r}")
        self.rows[key] = value
        self.version += 1

    def read(self, key):
        return self.rows.get(key)


@contextmanager
def transaction(store):
    before = dict(store.rows)
    try:
        yield store
    except TypeError as error:
        store.trouble.append(str(error))
        store.rows = before


class Importer:
    def __init__(self, store):
        self.store = store
        self.count = 0

    def convert(self, text):
        text = text.strip()
        return int(text) if text.isdigit() else text

    def take(self, name, texts):
        with transaction(self.store) as store:
            for number, text in enumerate(texts):
                store.write(f"{name}{number}", self.convert(text))
                self.count += 1


def batches():
    yield "a", ["1", "2", "3"]
    yield "b", ["4", " 5", "-6", "7"]
    yield "c", ["8", "9"]


def total(store, names):
    result = 0
    for name in names:
        value = store.read(name)
        result += value
    return result


def main():
    store = Store()
    importer = Importer(store)
    for name, texts in batches():
        importer.take(name, texts)
    print(importer.count, total(store, ["a0", "a2", "c1", "b0", "b1"]))


main()
