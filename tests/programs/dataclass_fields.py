"""dataclasses: plain, frozen, with slots and with default factories."""

from dataclasses import dataclass, field, replace


@dataclass
class Account:
    owner: str
    balance: int = 0
    history: list = field(default_factory=list)

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self


@dataclass(frozen=True)
class Key:
    a: int
    b: tuple = ()


@dataclass(slots=True)
class Pixel:
    x: int
    y: int = 5


account = Account("ann")
account.deposit(5).deposit(7)
twin = replace(account, owner="bob")
twin.history.append(-1)
key = Key(1, (2, 3))
table = {key: account}
pixel = Pixel(1)
pixel.x = pixel.y
print(account, twin, table, pixel)
