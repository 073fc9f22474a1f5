"""What is taken out of containers and instances keeps its number."""

import heapq


class Node:
    def __init__(self, number):
        self.number = number


class Box:
    def __init__(self):
        self.node = Node(9)

    def release(self):
        node, self.node = self.node, None
        return node

    def give(self):
        node = self.node
        self.node = None
        return node


def take(stack):
    return stack.pop()


def first(stack):
    top = stack.pop(0)
    return top


def keyed(table, name):
    found = table.pop(name)
    del table["b"]
    return found


def two(stack):
    stack[0], stack[1] = stack[1], stack[0]
    one, other = stack.pop(), stack.pop()
    return one, other


def moved(stack, other):
    other.append(stack.pop())
    for node in list(stack):
        stack.remove(node)
    return other


def lowest(heap):
    node = heapq.heappop(heap)
    return node


def last_of(stack):
    pop = stack.pop
    node = pop()
    return node


stack = [Node(1), Node(2), Node(3), Node(4), Node(5)]
last = take(stack)
top = first(stack)
found = keyed({"a": Node(6), "b": Node(7)}, "a")
pair = two(stack)
others = moved([Node(10), Node(11)], [])
released = Box().release()
given = Box().give()
heap = [(Node(number).number, [number]) for number in (3, 1, 2)]
heapq.heapify(heap)
low = lowest(heap)
second = heapq.heappop(heap)
end = last_of([Node(20), Node(21)])
print(last.number, top.number, found.number, pair[0].number, released.number, given.number)
print(low, second, end.number, others[0].number)
