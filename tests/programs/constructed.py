"""Objects keep their number from the constructor to where they are put."""


class A:
    def __init__(self, n):
        self.n = n
        self.kids = []
def f():
    a = A(5)
    b = [A(1), A(2)]
    A(3); A(4); c = A(6)
    a.kids.append(A(A(7)))
    return a, b, c
f()
total = sum(A(n).n for n in range(50))
many = [A(n) for n in range(20)]
print(total, len(many))


class Weight:
    """Called by C code, which does more than calling it."""

    def __init__(self, item):
        self.item = item

    def __lt__(self, other):
        return self.item < other.item


def weighed():
    items = [3, 1, 2]
    alias = items
    items.sort(key=Weight)
    first = alias[0]
    stack = []
    made = list(map(Weight, items))
    again = made[0]
    keep = stack.extend
    keep(map(Weight, items))
    last = stack[-1].item
    makers = [Weight]
    one = makers[0](5)
    two = type(one)(6)
    return first, again, last, one, two


print(weighed()[0])
