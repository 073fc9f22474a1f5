import assert from "node:assert/strict";
import { test } from "node:test";

import { namesBefore } from "../src/python-names";

/** `line:name` of what is found for a stop at the line that is marked with `# here`. */
function found(source: string): string[] {
  const lines = source.split("\n");
  const here = lines.findIndex((line) => line.includes("# here"));
  return namesBefore(lines, here).map(({ name, line, column }) => {
    assert.equal(lines[line]?.slice(column, column + name.length), name);
    return `${line}:${name}`;
  });
}

test("variables of the function, down to the stop", () => {
  const source = `
total = 0
def pay(account, amount=limit):
    due = account.due + amount
    if due > amount:
        print(due, sep=amount)
        account.paid = due  # here
        later = 1
`;
  assert.deepEqual(found(source), [
    "2:account", "2:amount", "2:limit",
    "3:due", "3:account", "3:amount",
    "4:due", "4:amount",
    "5:due", "5:amount",
    "6:account", "6:due",
  ]);
});

test("functions within, and other functions, have variables of their own", () => {
  const source = `
def before(a):
    return a
def outer(b):
    def inner(c):
        return c
    d = b
    return d  # here
`;
  assert.deepEqual(found(source), ["3:b", "6:d", "6:b", "7:d"]);
});

test("a module's own lines", () => {
  const source = `x = 1
class Thing:
    y = 2
async def f(z):
    return z
w = x  # here
`;
  assert.deepEqual(found(source), ["0:x", "5:w", "5:x"]);
});

test("strings, comments and numbers hold no names", () => {
  const source = `def f(a):
    b = "a" 'b' f"{a}" rb"a\\"a" 0xabc 1e5 # a
    """
    a b
    def g():
    """
    c = '''a
  b''' + d; e = 'open
    g = 'goes \\
    on' + h  # here
`;
  assert.deepEqual(found(source), ["0:a", "1:b", "6:c", "7:d", "7:e", "8:g", "9:h"]);
});

test("a statement goes on within brackets, whatever its indentation", () => {
  const source = `def f(
a,
):
    call(
b,
        key=c,
    )
    return d  # here
`;
  assert.deepEqual(found(source), ["1:a", "4:b", "5:c", "7:d"]);
});

test("names are not only English", () => {
  assert.deepEqual(found("größe = 数 + naïve  # here"), ["0:größe", "0:数", "0:naïve"]);
});
