"""New objects where others were that something let go without an event: each must show what it holds."""

import collections
import threading


class Point:
    def __init__(self, x):
        self.x = x

    def __matmul__(self, other):
        return [self.x, other.x]


def numbers():
    kept = [1, 2, 3]
    yield len(kept)
    yield sum(kept)


def freed_while_suspended():
    source = numbers()
    first = next(source)
    source = None
    fresh = [first, first]
    again = fresh
    return again


def dropped_by_the_callee(point):
    was = point.x
    del point
    other = Point(was + 1)
    same = other
    return same


def bound_by_an_inner_function():
    items = ["old"]

    def change():
        nonlocal items
        items = None
        fresh = ["new", "er"]
        again = fresh
        return again

    found = change()
    return found


def returned_and_gone():
    def pair():
        return [[1], [2]]

    fresh = pair()[0] and []
    again = fresh
    other = (Point(1) @ Point(2))[0] and [3]
    same = other
    return again, same


def let_go_and_made_on_one_line():
    a = [1]
    a = None; b = [2, 2]; c = b
    b = None; d = e = [3]
    holder = Point([4])
    holder.x = None; f = [5]; g = f
    h = (holder.x, [6])
    holder.x = h; h = None; holder.x = [7]
    return c, d, e, f, g, holder


def moved_through_a_queue():
    queue = collections.deque([[0], [1]], maxlen=2)
    queue.extend(map(list, ["ab", "cd", "ef"]))
    last = queue[-1]
    first = queue.popleft()
    return last, first


def handled_and_gone():
    for number in range(3):
        try:
            raise ValueError(number, [number])
        except ValueError as error:
            caught = error.args[1]
        fresh = ValueError(number + 10)
        again = fresh
    return caught, again.args


def ended_threads():
    found = []

    def work():
        found.append([threading.current_thread() is None])
        return ["result"]

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start(), thread.join()
        thread = None
        fresh = ["mine"]
        again = fresh
    return found, again


def cycles():
    a = [1]
    a.append([a])
    a = None
    import gc

    gc.collect()
    b = [2]
    c = [b]
    d = c[0]
    return d


def raised_where_another_was():
    kept = None
    try:
        kept.first.append(1)
    except AttributeError as error:
        kept = error

    def again():
        nonlocal kept
        try:
            kept.second.append(1)
        finally:
            kept = [7]
            kept.third(3)

    try:
        again()
    except AttributeError as error:
        return error.args, error.__context__.args


class Node:
    link = None


def emptied():
    node = Node()
    node.link = [1, [2]]
    inner = node.link[1]
    node.link.clear()
    fresh = [3]
    again = fresh
    node.link = None
    inner = node.link
    more = [4, 5]
    same = more
    return inner, again, same


print(freed_while_suspended())
print(dropped_by_the_callee(Point(1)).x)
print(bound_by_an_inner_function())
print(returned_and_gone())
print(let_go_and_made_on_one_line()[:5])
print(moved_through_a_queue())
print(handled_and_gone())
print(ended_threads())
print(cycles())
print(raised_where_another_was())
print(emptied())

# A name that gives its object up, and is bound to another at the same address on the same line.
spare, other = [[]], ["kept"]
named = []
named, more = other, spare; named = [1.0, b"x", 2]
named, more = other, spare; named = [4]
print(named, more)
