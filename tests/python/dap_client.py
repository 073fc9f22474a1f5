"""A client of the Debug Adapter Protocol for tests: it holds every message to the protocol's own schema."""

import importlib.util
import json
import pathlib
import queue
import subprocess
import threading

import jsonschema
from harness import RDBG, environment

SECONDS = 60
# What rdbg adds to the protocol, for its own extension.
OWN_REQUESTS = {"reverseStepIn", "reverseStepOut", "goToPosition", "position", "timeline", "history"}


def protocol():
    """The protocol's schema, which debugpy ships."""
    package = pathlib.Path(importlib.util.find_spec("debugpy").origin).parent
    (path,) = package.rglob("debugProtocol.json")
    return json.loads(path.read_text())


SCHEMA = protocol()


def validator(definition):
    """A validator for one definition of the protocol."""
    reference = {"$ref": f"#/definitions/{definition}", "definitions": SCHEMA["definitions"]}
    return jsonschema.Draft4Validator(reference)


def definition_of(message):
    """The definition that a message is to fit."""
    kind = message.get("type")
    if kind == "event":
        name = message["event"]
        return f"{name[0].upper()}{name[1:]}Event"
    name = message["command"]
    if name in OWN_REQUESTS:
        return "Response" if kind == "response" else "Request"
    if kind == "response" and not message["success"]:
        return "ErrorResponse"
    return f"{name[0].upper()}{name[1:]}{kind.capitalize()}"


def check(message):
    """Hold a message to the protocol."""
    errors = [error.message for error in validator(definition_of(message)).iter_errors(message)]
    assert not errors, (errors[:3], message)


def framed(body):
    """The bytes of a message."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Refused(Exception):
    """A request was not carried out."""


class Client:
    """A session with `rdbg dap`. Use as a context manager."""

    def __init__(self, cwd, streams=None):
        self.process = None
        if streams is None:
            self.process = subprocess.Popen(
                [*RDBG, "dap"],
                cwd=cwd,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            streams = self.process.stdin, self.process.stdout
        self.input, self.output = streams
        self.seq = 0
        self.heard = queue.Queue()
        self.events = []
        self.last_seq = 0
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        if self.process:
            try:
                self.process.wait(SECONDS)
            finally:
                self.process.kill()
                self.output.close()
                self.process.stderr.close()

    def listen(self):
        """Put all that is received into the queue; None at the end."""
        try:
            while line := self.output.readline():
                length = int(line.removeprefix(b"Content-Length: "))
                assert self.output.readline() == b"\r\n"
                self.heard.put(json.loads(self.output.read(length)))
        except ValueError as error:
            self.heard.put(error)
        self.heard.put(None)

    def hear(self):
        """The next message."""
        message = self.heard.get(timeout=SECONDS)
        if not isinstance(message, dict):
            raise EOFError(f"rdbg is gone: {message}, {self.process and self.process.stderr.read()}")
        check(message)
        assert message["seq"] == self.last_seq + 1
        self.last_seq = message["seq"]
        return message

    def send_bytes(self, data):
        """Write anything."""
        self.input.write(data)
        self.input.flush()

    def send(self, command, **arguments):
        """Send a request; its number."""
        self.seq += 1
        message = {"seq": self.seq, "type": "request", "command": command, "arguments": arguments}
        check(message)
        self.send_bytes(framed(json.dumps(message).encode()))
        return self.seq

    def answer(self, request):
        """The body of a response; what comes before it are events."""
        while True:
            message = self.hear()
            if message["type"] == "event":
                self.events.append(message)
                continue
            assert message["request_seq"] == request, message
            if not message["success"]:
                raise Refused(message["message"])
            return message.get("body")

    def ask(self, command, **arguments):
        """Send a request and wait for its answer."""
        return self.answer(self.send(command, **arguments))

    def event(self, name, **fields):
        """The next event of this name, with these fields in its body; earlier ones are dropped."""
        while True:
            message = self.events.pop(0) if self.events else self.hear()
            assert message["type"] == "event", message
            body = message.get("body", {})
            if message["event"] == name and fields.items() <= body.items():
                return body

    # What tests say often.

    def begin(self, request="attach", breakpoints=(), configure=lambda client: None, **arguments):
        """Open a trace, or record a program; the first stop."""
        self.ask(
            "initialize",
            adapterID="rdbg-python",
            supportsProgressReporting=True,
            linesStartAt1=True,
            columnsStartAt1=True,
        )
        self.ask(request, **arguments)
        self.event("initialized")
        configure(self)
        self.ask("configurationDone")
        return self.event("stopped")

    def go(self, command, thread=1, **arguments):
        """Move; where that leads."""
        self.ask(command, threadId=thread, **arguments)
        return self.event("stopped")

    def stack(self, thread=1, **page):
        """The frames of a thread."""
        return self.ask("stackTrace", threadId=thread, **page)["stackFrames"]

    def here(self, thread=1):
        """Function and line of the innermost frame."""
        (frame,) = self.stack(thread, levels=1)
        return frame["name"], frame["line"]

    def scope(self, name="Locals", level=0, thread=1):
        """The variables of a scope, by name."""
        frame = self.stack(thread)[level]
        scopes = self.ask("scopes", frameId=frame["id"])["scopes"]
        (scope,) = [scope for scope in scopes if scope["name"] == name]
        return self.variables(scope["variablesReference"])

    def variables(self, reference, **page):
        """What has this number, by name."""
        variables = self.ask("variables", variablesReference=reference, **page)["variables"]
        return {variable["name"]: variable for variable in variables}

    def values(self, name="Locals", level=0, thread=1):
        """The values of a scope, by name."""
        return {name: variable["value"] for name, variable in self.scope(name, level, thread).items()}

    def evaluate(self, expression, **more):
        """The text of a value."""
        return self.ask("evaluate", expression=expression, **more)["result"]
