"""What `make bench-replay` records: ints and calls in threads, about as many events as asked for."""

import sys
import threading


class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0
        self.opened = False

    def open(self):
        self.opened = True
        return self.owner


def step(i, seed):
    x = (i * 7 + seed) % 1009
    return x


def work(account, rounds, seed):
    rare = account.open()
    total = 0
    for i in range(rounds):
        v = step(i, seed)
        total += v
        if v == 0:
            account.balance += 1
    return total, rare


def main(events):
    rounds = events // (7 * 3)
    first = Account("first")
    marker = work(first, 10, 1)
    accounts = [Account(name) for name in ("ann", "bob", "cleo")]
    threads = [
        threading.Thread(target=work, args=(account, rounds, 3), name=account.owner)
        for account in accounts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raise SystemExit(0 if marker else 1)


main(int(sys.argv[1]))
