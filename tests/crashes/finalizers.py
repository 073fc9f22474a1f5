# While the stack is unwound, objects die: `__del__` raises and catches, a weak reference calls back.
import weakref


class Temporary:
    def __del__(self):
        try:
            {}["gone"]
        except KeyError:
            self.gone = True


def gone(reference):
    note = "gone"


references = []


def work():
    kept = Temporary()
    references.append(weakref.ref(kept, gone))
    raise ValueError("boom")


def main():
    print([Temporary(), work()])


main()
