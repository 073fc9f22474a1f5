"""Classes that are given methods and hundreds of names once they have instances."""


class Late:
    made = []


class Loud:
    def __set__(self, instance, value):
        instance.__dict__["volume"] = [value, len(Late.made)]

    def __get__(self, instance, owner):
        return instance.__dict__.get("volume")


def set_up(self, value):
    self.value = value
    Late.made.append(self)


def keep(self, name, value):
    self.__dict__[name] = value
    Late.made.append(name)


first = Late()
first.value = 1
Late.__init__ = set_up
second = Late(2)
third, fourth = Late([3]), Late([4])
Late.volume = Loud()
third.volume = 11
Late.__setattr__ = keep
fourth.value = 5
first.value = second.value = 6
for number in range(300):
    setattr(Late, f"name_{number}", [number])
for number in range(0, 300, 2):
    delattr(Late, f"name_{number}")
Late.name_1.append(first)
fifth = Late(7)
print(len(Late.made), third.volume, fourth.value, Late.name_1[0], fifth.name_299)
