"""A payment is split into shares; cents are lost by rounding each of them down."""


class Share:
    def __init__(self, name, percent):
        self.name = name
        self.percent = percent
        self.cents = 0


class Fund:
    def __init__(self, shares):
        self.shares = shares
        self.paid_in = 0
        self.fees = 0
        self.log = []

    def fee(self, cents):
        return cents * 15 // 1000

    def pay_in(self, cents):
        fee = self.fee(cents)
        self.fees += fee
        net = cents - fee
        self.paid_in += cents
        self.distribute(net)
        self.log.append((cents, fee))

    def distribute(self, net):
        for share in self.shares:
            exact = net * share.percent
            share.cents += exact // 100

    def total(self):
        return sum(share.cents for share in self.shares)


def payments():
    """Euros and cents, as a bank writes them."""
    for text in ("100.00", "59.99", "0.03", "250.10"):
        euros, _, cents = text.partition(".")
        yield 100 * int(euros) + int(cents)


def expected_fees(log):
    return sum(fee for _, fee in log)


def audit(fund):
    assert fund.fees == expected_fees(fund.log)
    held = fund.total() + fund.fees
    missing = fund.paid_in - held
    if missing != 0:
        raise ArithmeticError(f"{missing} cents are missing: {fund.paid_in} came in, {held} are there")


def main():
    fund = Fund([Share("ann", 50), Share("bob", 30), Share("cleo", 20)])
    for cents in payments():
        fund.pay_in(cents)
    audit(fund)


main()
