"""A thread runs while a line of another one is under way, and sees what that has done so far."""

import threading

TABLE = {"items": []}


def look(shared, *more):
    first = shared[0] if shared else None
    shared.append(len(more))
    return first


def together(target, *arguments):
    thread = threading.Thread(target=target, args=arguments)
    thread.start(); thread.join()
    return len(arguments)


class Bag(list):
    def append(self, value):
        super().append(value)


def at_once():
    inner, bag = [[1], {"c": [2]}], Bag()
    outer = [[inner], {"d": inner}]
    inner[0].append(3); t = threading.Thread(target=look, args=(outer,)); t.start(); t.join()
    inner[1]["c"].append(4); t = threading.Thread(target=look, args=(outer,)); t.start(); t.join(); inner.append(5)
    bag.append(inner); inner[0] = []; t = threading.Thread(target=bag.append, args=((),)); t.start(); t.join()
    inner[0].append([6]); t = threading.Thread(target=bag.append, args=((),)); t.start(); t.join(); del inner[0]
    return len(outer), len(bag)


def changing():
    items, other = [1], {"a": [2]}
    items.append(3); thread = threading.Thread(target=look, args=(items,)); thread.start(); thread.join()
    other["b"] = items; items[0] = other; together(look, items, other)
    n = items.append(4) or together(look, items); items.pop()
    items.clear(); n = [together(look, items, k) for k in range(3)]
    TABLE["items"].append(n); together(look, TABLE["items"]); del TABLE["items"][0]
    return items, n


def deeper():
    inner = [[1], {"c": [2]}]
    outer = [[inner], {"d": inner}]
    inner[0].append(3); together(look, outer)
    inner[1]["c"].append(4); together(look, outer); inner[1]["e"] = 5; together(look, outer, inner)
    inner[1]["c"] = inner[0] = [6]; n = together(look, outer); inner[0] += [7]
    return len(outer), n


class Shared:
    def __init__(self):
        self.items = []
        self.count = 0

    def work(self):
        self.count += 1; together(self.see); self.count += 1
        self.items = [self.count]; together(self.see); self.items = []
        return self.count

    def see(self):
        self.items.append(self.count)
        return self.items


print(changing()[1], at_once(), deeper(), Shared().work())
