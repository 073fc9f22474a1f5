"""Recursion to RecursionError. How deep it got is not shown: that is the runner's."""


def sink(depth):
    return sink(depth + 1) + 1


def mutual(n):
    return mutual_other(n + 1)


def mutual_other(n):
    return mutual(n)


caught = []
for function in (sink, mutual):
    try:
        function(0)
    except RecursionError as error:
        caught.append(type(error).__name__)
print(caught)
