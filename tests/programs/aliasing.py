"""Two names, a container and an argument that all mean one object."""


def add(items, value):
    items.append(value)
    alias = items
    alias.append(alias is items)
    return items


first = [1]
second = first
third = [1]
holder = {"kept": first, "other": third}
result = add(second, 2)
same = result is first is holder["kept"]
third.append(holder["kept"])
first = None
second.append(3)
pair = (second, second, third)
print(holder, same, pair)
