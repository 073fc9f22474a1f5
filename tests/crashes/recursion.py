# Too deep: the traceback has as many entries as the stack.
def down(depth):
    return down(depth + 1)


down(0)
