"""The program that most tests of the debug adapter look at, and how they open its trace."""

import pytest
from dap_client import Client
from harness import record, write

APP = """\
import functools

class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance

def deposit(account, amount):
    before = account.balance
    account.balance += amount
    return before

def total_of(accounts):
    total = 0
    for account in accounts:
        total += account.balance
    return total

def outer(word):
    def inner(mark):
        return word + mark
    return inner("!")

def main():
    ann, bob = Account("ann", 5), Account("bob", 7)
    accounts = [ann, bob]
    for amount in range(4):
        deposit(ann, amount)
    text = outer("hi")
    big = list(range(10_000))
    try:
        deposit(bob, "x")
    except TypeError as error:
        raise ValueError("no sum") from error

main()
"""
LINE = {number: text for number, text in enumerate(APP.splitlines(), 1)}


def line_of(text):
    """The number of the only line that holds a text."""
    (number,) = [number for number, line in LINE.items() if text in line]
    return number


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    cwd = tmp_path_factory.mktemp("dap")
    write(cwd, "app.py", APP)
    assert record(cwd, "app.py").returncode == 1
    return cwd


@pytest.fixture
def client(folder):
    with Client(folder) as opened:
        opened.first = opened.begin(trace="t.db")
        yield opened


def app(folder):
    return {"path": str(folder / "app.py")}


def at_start(client):
    """Go to the first line of main."""
    client.ask("restart")
    assert client.event("stopped")["reason"] == "entry"


def set_lines(client, folder, *breakpoints):
    answer = client.ask("setBreakpoints", source=app(folder), breakpoints=list(breakpoints))
    return answer["breakpoints"]
