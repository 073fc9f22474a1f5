"""What the API raises: one line each, what, where, and what to do next."""


class RecordError(RuntimeError):
    """A recording cannot begin or end as asked; the program itself is untouched."""


class TraceError(Exception):
    """A trace cannot be read, or does not hold what was asked for."""
