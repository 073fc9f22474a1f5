"""Conditions that cannot be told: a property, a name that is bound later, names that are misspelt."""


class Parcel:
    def __init__(self, weight):
        self.weight = weight

    @property
    def heavy(self):
        return id(self) > 0 and self.weight > 20

    def halve(self):
        self.weight /= 2
        return self


def label(parcel):
    text = f"{parcel.weight} kg"
    return text


def pack(parcels):
    for parcel in parcels:
        shown = label(parcel)
        if parcel.heavy:
            parcel.halve()
    return shown


packed = pack([Parcel(weight) for weight in (5, 40, 8)])
print(packed)
