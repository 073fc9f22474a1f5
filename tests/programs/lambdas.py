"""Lambdas: as keys, with defaults, nested, on the line that calls them."""

add = lambda a, b=2: a + b
compose = lambda f, g: lambda x: f(g(x))
words = ["pear", "fig", "apple"]
words.sort(key=lambda word: (len(word), word))
result = compose(lambda v: v + 1, lambda v: v * 10)(4)
pick = (lambda *args, **names: (args, names))(1, 2, key=3)
evens = list(filter(lambda n: n % 2 == 0, range(6)))
table = {"one": lambda: 1, "two": lambda: 2}
called = [function() for function in table.values()]
print(add(1), add(1, 1), words, result, pick, evens, called)
