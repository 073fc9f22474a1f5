"""Dishes of a restaurant; a list that was meant for one table is shared by all."""


class Dish:
    def __init__(self, name, price):
        self.name = name
        self.price = price


CARD = {dish.name: dish for dish in (Dish("soup", 5), Dish("fish", 18), Dish("cake", 6))}


class Table:
    def __init__(self, number, wishes=[]):
        self.number = number
        self.wishes = wishes
        self.paid = 0

    def order(self, *names):
        for name in names:
            self.wishes.append(CARD[name])

    def bill(self):
        return sum(dish.price for dish in self.wishes)

    def pay(self, amount):
        self.paid += amount


class House:
    def __init__(self, count):
        self.tables = {number: Table(number) for number in range(1, count + 1)}
        self.till = 0

    def table(self, number):
        return self.tables[number]

    def close(self, number):
        table = self.table(number)
        amount = table.bill()
        table.pay(amount)
        self.till += amount
        return amount


def evening(house):
    house.table(1).order("soup", "fish")
    house.table(2).order("cake")
    yield house.close(1)
    house.table(3).order("soup", "cake")
    yield house.close(2)
    yield house.close(3)


def expected():
    return [23, 6, 11]


def main():
    house = House(3)
    amounts = []
    for amount in evening(house):
        amounts.append(amount)
    for number, (amount, right) in enumerate(zip(amounts, expected()), start=1):
        table = house.table(number)
        assert amount == right, f"table {number} paid {amount} for {len(table.wishes)} dishes, not {right}"
    print("till", house.till)


main()
