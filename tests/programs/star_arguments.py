"""Every kind of parameter, unpacking at calls, defaults that are shared."""


def everything(a, /, b, *args, c=3, d, **rest):
    args_copy = list(args)
    rest["seen"] = len(rest)
    return a, b, args_copy, c, d, rest


def shared(value, into=[]):
    into.append(value)
    return into


def forward(*args, **names):
    return everything(*args, **names)


options = {"d": 4, "e": 5}
print(everything(1, 2, d=4))
print(forward(*range(4), **options, c=[30]))
print(shared(1), shared(2), options)
try:
    forward(1)
except TypeError as error:
    print(error)
merged = [*"ab", *options, *{1: 2}.items()]
print(merged)
