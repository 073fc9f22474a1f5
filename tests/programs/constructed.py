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
