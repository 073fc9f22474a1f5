"""`rdbg dap --port`: it answers its owner, and nobody else."""

import contextlib
import pathlib
import re
import signal
import socket
import stat
import subprocess

import pytest
from dap_client import Client
from harness import RDBG, environment, record, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("port")
    write(path, "app.py", "x = 1\nraise ValueError(x)\n")
    record(path, "app.py")
    return path


@contextlib.contextmanager
def server(folder, *options):
    """A server; its port, token and the file of the token."""
    process = subprocess.Popen(
        [*RDBG, "dap", "--port", "0", *options],
        cwd=folder,
        env=environment(XDG_RUNTIME_DIR=str(folder)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(re.fullmatch(r"rdbg: waiting for an editor on 127.0.0.1:(\d+)\n", process.stderr.readline())[1])
        token, file = re.match(r"rdbg: its token is ([0-9a-f]{32}), which (.+) keeps ", process.stderr.readline()).groups()
        yield port, token, folder / file
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()


def bridge(folder, port, *options):
    """What an editor starts to reach a server."""
    return subprocess.Popen(
        [*RDBG, "dap", "--connect", str(port), *options],
        cwd=folder,
        env=environment(XDG_RUNTIME_DIR=str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def debug(folder, streams):
    with Client(folder, streams) as client:
        assert client.begin(trace=str(folder / "t.db"))["reason"] == "exception"
        client.ask("disconnect")


def hear(port, said):
    """What somebody hears who says this."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(4096):
                heard += part
        return heard


INITIALIZE = b'{"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}}'
MESSAGE = b"Content-Length: %d\r\n\r\n%s" % (len(INITIALIZE), INITIALIZE)


def test_one_editor_after_another_by_a_header_or_a_bridge(folder):
    with server(folder) as (port, token, _):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"Authorization: Bearer %s\r\n" % token.encode())
                debug(folder, (connection.makefile("wb"), connection.makefile("rb")))
        for _ in range(2):
            joined = bridge(folder, port)
            debug(folder, (joined.stdin, joined.stdout))
            assert joined.wait(20) == 0
            joined.stdout.close()
            joined.stderr.close()


def test_who_does_not_know_the_token_hears_nothing(folder):
    with server(folder) as (port, token, _):
        right = b"Authorization: Bearer %s\r\n" % token.encode()
        wrong = b"Authorization: Bearer %s\r\n" % (b"0" * 32)
        get = b"GET / HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n" % (port, right)
        post = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n" + right + MESSAGE
        late = MESSAGE.replace(b"\r\n", b"\r\n" + right, 1)
        for said in (MESSAGE, wrong + MESSAGE, get, post, late, b"\x00" * 5000, b"", right[:-5]):
            assert hear(port, said) == b"", said
        assert hear(port, right + MESSAGE).count(b'"success":true') == 1


def test_who_says_nothing_keeps_nobody_waiting(folder):
    with server(folder) as (port, token, _):
        with contextlib.ExitStack() as silent:
            for _ in range(20):
                silent.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert hear(port, b"Authorization: Bearer %s\r\n%s" % (token.encode(), MESSAGE))


def test_the_token_is_new_each_time_and_the_owners_alone(folder):
    with server(folder) as (port, first, file):
        assert file == folder / "rdbg" / f"port-{port}.token"
        assert file.read_text() == first + "\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with server(folder, "--token-file", "here") as (port, second, file):
        assert first != second == pathlib.Path(folder / "here").read_text().strip()
        joined = bridge(folder, port, "--token-file", "here")
        debug(folder, (joined.stdin, joined.stdout))
        joined.wait(20)
        joined.stdout.close()
        joined.stderr.close()


def test_it_listens_on_this_machine_alone(folder):
    with server(folder) as (port, _, _):
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=5):
            pass


def test_without_its_token_a_server_is_not_reached(folder):
    for port, options in ((1, ()), (1, ("--token-file", "none")), (1, ("--token-file", "app.py"))):
        joined = bridge(folder, port, *options)
        _, said = joined.communicate(timeout=20)
        assert joined.returncode == 1 and said.count(b"\n") == 1 and b"--token-file" in said
