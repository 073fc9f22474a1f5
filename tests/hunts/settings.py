"""Settings are merged from layers. The defaults themselves are changed on the way."""

DEFAULTS = {
    "server": {"host": "localhost", "port": 80, "tags": ["base"]},
    "limits": {"requests": 100, "seconds": 5},
}


class Layer:
    def __init__(self, name, values):
        self.name = name
        self.values = values


def merge(under, over):
    """What both say, with the upper one's word where they differ."""
    merged = dict(under)
    for key, value in over.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            known.update(value)
        elif isinstance(known, list):
            merged[key] = known + list(value)
        else:
            merged[key] = value
    return merged


def layers(environment):
    found = [Layer("defaults", DEFAULTS)]
    if environment == "test":
        found.append(Layer("test", {"server": {"port": 8080}, "limits": {"requests": 10}}))
    if environment == "live":
        found.append(Layer("live", {"server": {"host": "example.org"}}))
    return found


def load(environment):
    settings = {}
    for layer in layers(environment):
        settings = merge(settings, layer.values)
    return settings


class Server:
    def __init__(self, settings):
        self.settings = settings
        self.address = None

    def start(self):
        server = self.settings["server"]
        self.address = f"{server['host']}:{server['port']}"
        return self

    def check(self):
        if self.address.endswith(":8080") and "example" in self.address:
            raise RuntimeError(f"a live server at {self.address}")


def warm_up():
    for number in range(3):
        load("test" if number == 1 else "other")


def main():
    warm_up()
    server = Server(load("live")).start()
    server.check()
    print(server.address)


main()
