"""A walk by the protocol from the start of a run to its end and back: the same both ways, and as in the terminal."""

import re

import pytest
from dap_client import Client
from harness import rdbg

CHOSEN = ["closures", "chained_exceptions", "generators", "inheritance", "context_managers", "swaps_and_del"]
WHERE = re.compile(r"^@\d+ \S+ \S*?:(\d+) in (\S+) \(", re.MULTILINE)
MOST = 150


def seen(client):
    """Where the session is, and what it shows there."""
    name, line = client.here()
    return line, name, client.values()


@pytest.mark.parametrize("name", CHOSEN)
def test_a_walk_is_the_same_both_ways_and_as_in_the_terminal(recorded, tmp_path, name):
    ran = recorded(name)
    with Client(tmp_path) as client:
        client.begin(trace=str(ran.trace), at="start")
        there = [seen(client)]
        while len(there) < MOST and client.go("stepIn")["reason"] == "step":
            there.append(seen(client))
        back = [seen(client)]
        while len(back) < len(there) and client.go("reverseStepIn")["reason"] == "step":
            back.append(seen(client))
    assert len(there) > 20
    assert back[::-1] == there
    commands = [part for _ in there[1:] for part in ("-e", "s")]
    told = rdbg(tmp_path, "replay", ran.trace, "--at", "start", *commands).stdout.decode()
    walked = [(int(line), name) for line, name in WHERE.findall(told)]
    assert walked == [(line, name) for line, name, _ in there]
