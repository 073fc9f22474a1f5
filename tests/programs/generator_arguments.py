"""Generator expressions as arguments, and what the C code that goes over them does meanwhile."""

import heapq


def main():
    stacks = [[1, 2, 3], [4, 5], [6]]
    heap, seen = [5, 3], []

    def note(item):
        seen.append(item)
        return item

    total = sum(stack.pop() for stack in stacks)
    kept = tuple(note(item) for item in range(3))
    any_one = any(note(item) > 1 for item in range(5))
    every = all(stack for stack in stacks)
    joined = ",".join(str(note(item)) for item in heap)
    pushed = list(heapq.heappush(heap, item) for item in (1, 9))
    nested = sum(sum(stack.pop() for stack in stacks if stack) for _ in range(2))
    both = heapq.merge((note(item) for item in (1, 4)), heap)
    first = next(both)
    seen.extend(note(item) for item in range(2))
    longest = max((stack for stack in stacks), key=len)
    lazy = map(list.append, stacks, (note(item) for item in "abc"))
    done = sum(1 for _ in lazy)
    stacks.sort(key=lambda stack: (note(len(stack)), len(stacks)))
    return total, kept, any_one, every, joined, pushed, nested, first, longest, done, list(both)


print(main())
