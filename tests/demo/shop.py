"""A small shop: orders go into a ledger, and at the end of the quarter an audit reads it.

The audit fails. The mistake that made it fail happened on the fourth day, thousands of events earlier.
"""

DAYS = 90
PRICES = {"novel": 1200, "puzzle": 1850, "hammer": 2400, "atlas": 3990}  # in cents
NO_DISCOUNT = {"novel": 0, "puzzle": 0, "hammer": 0, "atlas": 0}  # in percent


class AuditError(Exception):
    """The ledger does not say what it should."""


class Account:
    def __init__(self, name, gold=False):
        self.name = name
        self.gold = gold
        self.discounts = dict(NO_DISCOUNT) if gold else NO_DISCOUNT
        self.paid = 0


class Ledger:
    def __init__(self):
        self.entries = []

    def book(self, day, account, item, cents):
        self.entries.append((day, account.name, item, cents))
        account.paid += cents

    def items_of(self, account):
        return [item for _, name, item, _ in self.entries if name == account.name]


def grant(account, item, percent):
    account.discounts[item] = percent


def upgrade(account, day):
    account.gold = True
    bonus = 10 + day
    grant(account, "puzzle", bonus)


def price_for(account, item):
    percent = account.discounts[item]
    return PRICES[item] * (100 - percent) // 100


def trade(day, accounts, ledger):
    names = list(PRICES)
    for number, account in enumerate(accounts):
        item = names[(day * 7 + number * 5) % len(names)]
        cents = price_for(account, item)
        ledger.book(day, account, item, cents)
    if day % 10 == 0:
        for account in accounts:
            if account.name in ("Ada", "Ben"):
                grant(account, "novel", 5 + day // 10)


def audit(accounts, ledger):
    for account in accounts:
        if account.gold:
            continue
        due = sum(PRICES[item] for item in ledger.items_of(account))
        if account.paid != due:
            raise AuditError(f"{account.name} paid {account.paid} cents, not {due}")


def main():
    accounts = [Account("Ada", gold=True), Account("Ben", gold=True)]
    accounts += [Account(name) for name in ("Cleo", "Dan", "Eve", "Finn")]
    ledger = Ledger()
    for day in range(1, DAYS + 1):
        if day == 4:
            upgrade(accounts[2], day)
        trade(day, accounts, ledger)
        if day % 30 == 0:
            print(f"day {day}: {len(ledger.entries)} orders booked")
    audit(accounts, ledger)
    print("the books balance")


if __name__ == "__main__":
    main()
