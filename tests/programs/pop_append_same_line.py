"""An item that dies and another that takes its place within one line."""


def churn():
    stack = [[0], [1]]
    kept = stack[1]
    for i in range(5):
        stack.pop(); stack.append([i])
        stack[0] = None; stack[0] = [i, i]
    table = {"k": [1]}
    del table["k"]; table["k"] = [2]
    return stack, kept, table


print(churn())
