"""except*, nested groups, split, and what is raised again."""


def fail_all():
    errors = []
    for kind, text in [(ValueError, "v"), (TypeError, "t"), (KeyError, "k")]:
        try:
            raise kind(text)
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("several", [errors[0], ExceptionGroup("inner", errors[1:])])


def handle():
    seen = []
    try:
        fail_all()
    except* ValueError as group:
        seen.append(("value", len(group.exceptions)))
    except* TypeError as group:
        seen.append(("type", group.message))
    return seen


try:
    handle()
except ExceptionGroup as rest:
    print("left", rest.message, [type(e).__name__ for e in rest.exceptions])
    matched, other = rest.split(KeyError)
    print(matched is not None, other)
try:
    try:
        raise KeyError("alone")
    except* KeyError as group:
        raise RuntimeError("from handler") from group
except* RuntimeError as wrapped:
    print(type(wrapped).__name__, wrapped.exceptions)
