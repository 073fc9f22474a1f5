"""A board of buttons: each is to act on its own channel, and all act on the last one."""


class Channel:
    def __init__(self, name):
        self.name = name
        self.level = 0
        self.log = []

    def set(self, level):
        self.log.append((self.level, level))
        self.level = level


class Board:
    def __init__(self):
        self.handlers = {}

    def on(self, button, handler):
        self.handlers.setdefault(button, []).append(handler)

    def press(self, button, amount):
        for handler in self.handlers.get(button, ()):
            handler(amount)


class Limit:
    """Keeps a level between two bounds."""

    def __init__(self, low, high):
        self.low = low
        self.high = high

    def clip(self, level):
        return max(self.low, min(self.high, level))


def make_board(channels, limit):
    board = Board()
    for channel in channels:

        def turn(amount):
            wanted = channel.level + amount
            channel.set(limit.clip(wanted))

        board.on(channel.name, turn)
    return board


def play(board, presses):
    for name, amount in presses:
        board.press(name, amount)


def report(channels):
    return {channel.name: channel.level for channel in channels}


def check(levels):
    for name in ("bass", "middle", "treble"):
        level = levels[name]
        assert level > 0, f"{name} was pressed and is still {level}"


def main():
    channels = [Channel(name) for name in ("bass", "middle", "treble")]
    board = make_board(channels, Limit(0, 10))
    play(board, [("bass", 3), ("treble", 1), ("middle", 4), ("bass", 2)])
    check(report(channels))


main()
