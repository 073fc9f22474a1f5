"""Readings flow through a pipeline of generators; one stage lets a value through that the last one cannot take."""

import math


def source():
    for second in range(12):
        yield second, 20 + second % 5


def faulty(readings):
    """A sensor that now and then gives nonsense."""
    for second, value in readings:
        if second == 7:
            value = -value * 10
        yield second, value


def smooth(readings, weight=4):
    """A running mean."""
    mean = None
    for second, value in readings:
        if mean is None:
            mean = value
        else:
            mean = mean + (value - mean) / weight
        yield second, mean


def offset(readings, zero):
    for second, value in readings:
        yield second, value - zero


def scale(readings, factor):
    for second, value in readings:
        yield second, value * factor


def logarithms(readings):
    for second, value in readings:
        yield second, math.log(value)


class Chart:
    def __init__(self, width):
        self.width = width
        self.points = []
        self.highest = None

    def add(self, second, value):
        self.points.append((second % self.width, round(value, 3)))
        if self.highest is None or value > self.highest:
            self.highest = value

    def draw(self):
        return ["*" * int(10 * value) for _, value in self.points]


def pipeline():
    readings = source()
    readings = faulty(readings)
    readings = smooth(readings)
    readings = offset(readings, zero=4)
    readings = scale(readings, factor=0.5)
    return logarithms(readings)


def main():
    chart = Chart(width=8)
    for second, value in pipeline():
        chart.add(second, value)
    print("\n".join(chart.draw()))


main()
