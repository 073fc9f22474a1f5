"""Statements over several lines: calls, chains, conditions, strings, returns."""


def call(
    a,
    b=[
        1,
        2,
    ],
):
    return (
        a
        + b[0]
        + (
            b[1]
            if a
            else 0
        )
    )


value = call(
    call(
        1,
    ),
    [
        3,
        4,
    ],
)
table = {
    "a": value,
    "b": [
        n
        for n in (1, 2)
    ],
}
text = f"""{
    table["a"]
} and
{value!r}"""
if (
    value > 1
    and table
    and not text.startswith("x")
):
    total = sum(
        table["b"]
    ) + value
while value: value -= 1
for i in range(3): pass
print(value, table, text, total, i)
