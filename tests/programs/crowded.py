"""A dict, a list, calls, frames and names by the hundred: more than one wants to see at once."""


def down(levels):
    if levels == 0:
        return levels
    return down(levels - 1)


def count(packer):
    total = 0
    for number in range(150):
        total = total + number
    return total


def main():
    packer = {f"box {number}": number for number in range(300)}
    names = [f"name {number}" for number in range(300)]
    total = count(packer)
    deepest = down(120)
    return total, deepest, names


for number in range(130):
    globals()[f"name_{number}"] = number
main()
