"""Invoices are totalled; one of them has no customer. The look-up table was filled by another spelling."""


class Customer:
    def __init__(self, number, name, discount):
        self.number = number
        self.name = name
        self.discount = discount


class Register:
    """Customers by their number, with a small cache in front of the slow table."""

    def __init__(self):
        self.table = {}
        self.cache = {}
        self.misses = 0

    def add(self, customer):
        self.table[customer.number.lower()] = customer

    def find(self, number):
        if number in self.cache:
            return self.cache[number]
        self.misses += 1
        found = self.table.get(number)
        self.cache[number] = found
        return found


class Invoice:
    def __init__(self, number, lines):
        self.number = number
        self.lines = lines
        self.customer = None
        self.total = 0

    def gross(self):
        return sum(count * price for count, price in self.lines)


def read_customers(register):
    for row in ["c-1;Ann;10", "C-2;Bob;0", "c-3;Cleo;25"]:
        number, name, discount = row.split(";")
        register.add(Customer(number, name, int(discount)))


def read_invoices():
    invoices = []
    for number in range(1, 6):
        lines = [(count, 5 * number) for count in range(1, number + 1)]
        invoices.append(Invoice(number, lines))
    return invoices


def assign(register, invoices):
    numbers = ["c-1", "c-3", "c-1", "C-2", "c-3"]
    for invoice, number in zip(invoices, numbers):
        invoice.customer = register.find(number)


def settle(invoices):
    for invoice in invoices:
        reduced = invoice.gross() * (100 - invoice.customer.discount)
        invoice.total = reduced // 100
    return sum(invoice.total for invoice in invoices)


def main():
    register = Register()
    read_customers(register)
    invoices = read_invoices()
    assign(register, invoices)
    print("total", settle(invoices))


main()
