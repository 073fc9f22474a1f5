"""Accounts stand in a dict by a key that can be changed; after the change one cannot be found."""


class Key:
    """Country and number of an account."""

    def __init__(self, country, number):
        self.country = country
        self.number = number

    def __eq__(self, other):
        return (self.country, self.number) == (other.country, other.number)

    def __hash__(self):
        return hash((self.country, self.number))

    def __repr__(self):
        return f"{self.country}{self.number}"


class Account:
    def __init__(self, key, owner):
        self.key = key
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount


class Ledger:
    def __init__(self):
        self.accounts = {}

    def open(self, country, number, owner):
        key = Key(country, number)
        self.accounts[key] = Account(key, owner)

    def account(self, key):
        return self.accounts[key]

    def by_owner(self, owner):
        for account in self.accounts.values():
            if account.owner == owner:
                return account
        return None


def normalise(account):
    """Numbers are compared without leading zeros."""
    text = str(account.key.number).lstrip("0")
    if text != account.key.number:
        account.key.number = text
    return account.key


def print_statement(ledger, owner):
    account = ledger.by_owner(owner)
    return f"{normalise(account)}: {account.balance}"


def main():
    ledger = Ledger()
    ledger.open("DE", "0042", "ann")
    ledger.open("FR", "77", "bob")
    ledger.account(Key("DE", "0042")).deposit(50)
    print(print_statement(ledger, "bob"))
    print(print_statement(ledger, "ann"))
    for number in range(3):
        ledger.account(Key("FR", "77")).deposit(number)
    ledger.account(Key("DE", "0042")).deposit(1)


main()
