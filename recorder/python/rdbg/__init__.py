"""A time-travel debugger: record a program once, then walk through it in both directions."""
