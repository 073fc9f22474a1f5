"""Bodies on the line of their def, several statements in a line, loops in a line."""


def one(x): return x + 1
def two(x): y = x * 2; return y
class Small: attribute = [1]; other = attribute
def gen(n): yield n; yield n + 1
async def nothing(): pass


a = 1; b = a + 1; a = b
items = []; items.append(one(a)); items.append(two(b))
if a: b = 5
else: b = 6
try: 1 / 0
except ZeroDivisionError: items.append("zero")
finally: items.append("end")
for n in gen(1): items.append(n)
coroutine = nothing(); coroutine.close()
print(a, b, items, Small.other, (lambda: 1)(), sum(x for x in gen(3)))
