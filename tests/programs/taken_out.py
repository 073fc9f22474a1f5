"""What is taken out of containers and instances keeps its number."""


class Node:
    def __init__(self, n): self.n = n

def take(stack):
    return stack.pop()

def first(stack):
    top = stack.pop(0)
    return top

def key(table, name):
    found = table.pop(name)
    del table["b"]
    return found

def swap(stack):
    stack[0], stack[1] = stack[1], stack[0]
    a, b = stack.pop(), stack.pop()
    return a, b

def moved(stack, other):
    other.append(stack.pop())
    for node in list(stack):
        stack.remove(node)
    return other

class Box:
    def __init__(self): self.node = Node(9)
    def release(self):
        node, self.node = self.node, None
        return node
    def give(self):
        node = self.node
        self.node = None
        return node

s = [Node(1), Node(2), Node(3), Node(4), Node(5)]
x = take(s)
y = first(s)
t = {"a": Node(6), "b": Node(7)}
z = key(t, "a")
w = swap(s)
o = moved([Node(10), Node(11)], [])
u = Box().release()
v = Box().give()
print(x.n, y.n, z.n, w[0].n, u.n, v.n)
