"""Strings built piece by piece: +=, join, f-strings, StringIO."""

import io


def plus():
    text = ""
    for i in range(30):
        text += str(i)
        text += ","
    return text


def byte_plus():
    data = b""
    for i in range(10):
        data += bytes([65 + i])
    return data


def formatted(items):
    width = 6
    lines = [f"{item:>{width}}|{item!r:<8}" for item in items]
    return "\n".join(lines)


buffer = io.StringIO()
for word in ("a", "b"):
    buffer.write(word)
print(plus(), byte_plus(), buffer.getvalue())
print(formatted(["x", 1.5]))
