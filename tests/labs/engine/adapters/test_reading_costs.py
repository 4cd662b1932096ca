"""The time to read an answer is proportional to its length, whatever a malicious daemon repeats.

The tests count steps of Python, not time. Where the work is inside one step (a copy, a regular expression), a process with a few
seconds of CPU time reads an answer that once took minutes.
"""

import json
import resource
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import pytest

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind, Node
from tests import grown
from tests.judged import BOTH

ROOT = Path(__file__).parents[4]
RECORDED = ROOT / "tests/fixtures/crossroads-frr-10.3-bird-2.17.json"
KINDS = {"r": Kind.FRR, "b": Kind.BIRD}
SMALL, LARGE = 3_000, 12_000  # characters
MOST = 6.0  # times the steps, for four times the characters
CPU = 8  # seconds

EVENTS = sys.monitoring.events


@cache
def network():
    return {json.dumps(ask, sort_keys=True): answer for ask, answer in json.loads(RECORDED.read_text())}


def asked(name, on, expect):
    """The check, its nodes, and the answers of the recorded network."""
    nodes = [Node(name=node, kind=KINDS.get(node[0], Kind.HOST)) for node in on.split()]
    check = TYPES[name].parse(expect)
    return check, nodes, [network()[json.dumps(ask, sort_keys=True)] for ask in check.asks(nodes)]


def can_grow(name, on, expect):
    return any(any(True for _way in grown.ways(answer)) for answer in asked(name, on, expect)[2])


HELD = [each[:3] for each in BOTH if each[2] is not None]


@pytest.fixture(scope="module")
def steps_of():
    """Counts the calls and the rounds of loops while something is done."""
    tool, count = sys.monitoring.DEBUGGER_ID, 0

    def one_more(*_where):
        nonlocal count
        count += 1

    def counted(work):
        nonlocal count
        count = 0
        sys.monitoring.set_events(tool, EVENTS.CALL | EVENTS.JUMP | EVENTS.PY_RESUME)
        try:
            work()
        finally:
            sys.monitoring.set_events(tool, 0)
        return count

    sys.monitoring.use_tool_id(tool, "steps")
    for event in (EVENTS.CALL, EVENTS.JUMP, EVENTS.PY_RESUME):
        sys.monitoring.register_callback(tool, event, one_more)
    yield counted
    sys.monitoring.free_tool_id(tool)


@pytest.mark.parametrize(("name", "on", "expect"), [each for each in HELD if can_grow(*each)])
def test_the_steps_of_a_check_are_proportional_to_the_length_of_its_answer(name, on, expect, steps_of):
    check, nodes, answers = asked(name, on, expect)
    for number, answer in enumerate(answers):
        for way, grow in grown.ways(answer):
            each = max(1.0, (size(grow(9)) - size(grow(1))) / 8)
            small, large = (grow(max(1, int(wanted / each))) for wanted in (SMALL, LARGE))
            before, after = (
                steps_of(lambda said=said: check.judge(nodes, said))
                for said in ([*answers[:number], one, *answers[number + 1 :]] for one in (small, large))
            )
            assert after <= MOST * before + 500, f"{way}: {before} steps for {size(small)}, {after} for {size(large)}"


def test_answers_that_cannot_grow_have_neither_texts_nor_lists():
    left_out = [answer for each in HELD if not can_grow(*each) for answer in asked(*each)[2]]
    assert left_out, "this test says why some checks have no case above"
    assert [
        answer for answer in left_out if any(isinstance(value, str | list | dict) for value in answer.values())
    ] == []


def size(answer):
    return len(json.dumps(answer))


READS = {
    "one key, very often": """
        from labs.engine.adapters import frr
        text = '{"neighbors": [], ' + ", ".join(['"x":0'] * 90_000) + "}"
        for _each in range(5):
            frr.neighbors({"outputs": [text]})
    """,
    "a configuration that shows one block very often": """
        from labs.engine.shared.running_config import merge
        for _each in range(5):
            merge(["".join(f"a\\n b{n}\\n" for n in range(40_000))])
    """,
    "a pattern of an author that could be tried in many ways": """
        from labs.engine.checks.patterns import matches
        assert not matches("(a+)+$", "a" * 60_000 + "b")
        assert not matches("(.*)x(.*)y(.*)z", "x" * 60_000)
    """,
    "a trace with very many hops": """
        from labs.engine.checks import TYPES
        from labs.engine.definition.spec import Kind, Node
        check = TYPES["net.no_loops"].parse({"to": ["2001:db8::1"]})
        hops = [f"2001:db8:1::{n:x}" for n in range(20_000)]
        for _each in range(5):
            check.judge([Node(name="h1", kind=Kind.HOST)], [{"ok": True, "hops": hops}])
    """,
    "an interface of BIRD that never says its state": """
        from labs.engine.adapters.bird_configured_protocols import read
        read({"output": "Interface a\\n" * 40_000})
    """,
    "escape codes that never end": """
        from labs.engine.runtime.shell import ESCAPES
        ESCAPES.sub("", "\\x1b]" * 400_000)
    """,
    "a screen that comes by few characters": """
        from labs.engine.runtime.shell import shows_prompt
        screen = "\\n" + "a" * 64_000
        assert not any([shows_prompt(screen) for _each in range(100_000)])
    """,
    "two files of the same few lines in another order": """
        from labs.engine.runtime.changes import NodeState, FileState
        from labs.engine.runtime.differences import differences
        def text(by):
            return "\\n".join(str(n * by % 101) for n in range(14_000)).encode()
        files = {f"/{n}": FileState(1, text(7), text(1)) for n in range(40)}
        assert all(one.cut for one in differences({}, {"h1": NodeState(files=files)}))
    """,
    "a router with very many neighbours": """
        from labs.engine.adapters.config_blocks import of_frr
        from labs.engine.adapters.bgp_config import bgp_peer_configs
        from labs.engine.adapters.node_state import Seen
        from labs.engine.definition.spec import Kind, Node
        text = "router bgp 1\\n" + "".join(f" neighbor 2001:db8::{n:x} remote-as 2\\n" for n in range(4000))
        for _each in range(5):
            bgp_peer_configs(Seen(Node(name="r1", kind=Kind.FRR), config=of_frr(text)), 6)
    """,
    "very many delegated prefixes": """
        from labs.engine.checks import TYPES
        from labs.engine.definition.spec import Kind, Node
        check = TYPES["dhcp6.prefix_delegated"].parse({"prefix": "2001:db8::/32"})
        routes = [{"dst": f"2001:db8:{n:x}::/48", "protocol": "dhcp", "type": "unreachable"} for n in range(6000)]
        check.judge([Node(name="h1", kind=Kind.HOST)], [{"ok": True, "json": routes}])
    """,
    "a prefix of IS-IS by very many interfaces": """
        from labs.engine.adapters.frr_tables import isis_routes
        import json
        lines = [{"prefix": "2001:db8::/48", "interface": f"e{n}"} for n in range(8000)]
        for _each in range(3):
            isis_routes(json.dumps([{"level-1": {"ipv6": lines}}]))
    """,
    "numbers that are longer than Python reads, and arrays that are deeper": """
        from labs.engine.adapters import untrusted
        assert untrusted.load("9" * 500_000) is None
        assert untrusted.load("[" * 500_000) is None
        assert len(untrusted.load("[" + ",".join(["9" * 4000] * 120) + "]")) == 120
    """,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_process_with_little_cpu_time_reads_it(read):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(read)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU)),
    )
    assert done.returncode == 0, done.stderr[-500:]
