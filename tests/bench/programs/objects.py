"""Objects with attributes, and dicts of them."""

import sys
from time import monotonic, perf_counter


class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0
        self.moves = {}

    def put(self, amount, what):
        self.balance += amount
        self.moves[what] = self.moves.get(what, 0) + amount


def work(rounds):
    accounts = {name: Account(name) for name in ("ann", "bob", "cid", "dee")}
    names = list(accounts)
    for i in range(rounds):
        giver = accounts[names[i % 4]]
        taker = accounts[names[i * 7 % 4]]
        giver.put(-i, "gave")
        taker.put(i, "took")
    return sum(account.balance for account in accounts.values())


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
