"""Two tills sell from one stock. An item is sold twice, because one thread writes back what it read before."""

import threading


class Stock:
    def __init__(self, counts):
        self.counts = dict(counts)
        self.sold = {name: 0 for name in counts}

    def left(self, name):
        return self.counts[name]

    def put(self, name, count):
        self.counts[name] = count

    def book(self, name):
        self.sold[name] = self.sold[name] + 1


class Till:
    def __init__(self, name, stock, read, go_on):
        self.name = name
        self.stock = stock
        self.read = read
        self.go_on = go_on
        self.receipts = []

    def sell(self, item):
        left = self.stock.left(item)
        self.read.set()
        self.go_on.wait(5)
        if left > 0:
            self.stock.put(item, left - 1)
            self.stock.book(item)
            self.receipts.append(item)

    def serve(self, items):
        for item in items:
            self.sell(item)


def open_shop(stock):
    first_has_read, second_is_done = threading.Event(), threading.Event()
    first = Till("first", stock, first_has_read, second_is_done)
    second = Till("second", stock, threading.Event(), first_has_read)
    tills = [
        threading.Thread(target=first.serve, args=(["lamp"],), name="first"),
        threading.Thread(target=second.serve, args=(["chair", "lamp"],), name="second"),
    ]
    return tills, first_has_read, second_is_done


def check(stock, counts):
    for name, before in counts.items():
        left, sold = stock.counts[name], stock.sold[name]
        assert left + sold == before, f"{name}: {before} before, {sold} sold, {left} left"


def main():
    counts = {"lamp": 5, "chair": 3}
    stock = Stock(counts)
    (first, second), first_has_read, second_is_done = open_shop(stock)
    first.start()
    first_has_read.wait(5)
    second.start()
    second.join()
    second_is_done.set()
    first.join()
    check(stock, counts)


main()
