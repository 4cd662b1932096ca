"""Lines are typed where their prompts say, and what comes back is kept as the block wants it."""

import pytest

from courses.output_block import read_block
from courses.output_file import Recorded
from courses.recording import recorder
from labs.engine.runtime.client import LabClient
from labs.registry.versions import newest

LAB = "ospfv3-one-area"


class FakeShell:
    """A terminal whose node answers each line with a number that grows, and shows the prompts of bash and vtysh."""

    typed: list[tuple[str, str]] = []
    printed = "line {number} of {node}"

    def __init__(self, session, node, terminal):
        self.node, self.prompt, self.number, self.running = node, f"root@{node}:~# ", 0, ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def type(self, line, seconds):
        self.typed.append((self.node, line))
        self.prompt = {"vtysh": f"{self.node}# ", "configure terminal": f"{self.node}(config)# "}.get(line, self.prompt)
        self.number += 1
        return f"{line}\r\n{self.printed.format(number=self.number, node=self.node)}\r\n{self.prompt}"

    def send(self, keys):
        self.running = keys.decode().strip()
        self.typed.append((self.node, self.running))

    def read_to_prompt(self, seconds):
        self.typed.append((self.node, "ends"))
        return f"{self.running}\r\ncaptured\r\n{self.prompt}"


class FakeRunner:
    def running(self, lab):
        return self

    def __enter__(self):
        return LabClient(None, "a-session")

    def __exit__(self, *_):
        pass


@pytest.fixture
def typed(monkeypatch):
    """The lines that were typed, as (node, line)."""
    FakeShell.typed = []
    monkeypatch.setattr(recorder, "Shell", FakeShell)
    monkeypatch.setattr(recorder, "drawn", lambda lab, session: {})
    monkeypatch.setattr(
        recorder, "type_solution", lambda session, lab, stages: FakeShell.typed.append(("solution", stages))
    )
    monkeypatch.setattr(recorder, "PAUSE", 0)
    monkeypatch.setattr(recorder, "LISTENING", 0)
    return FakeShell.typed


def record(text: str, before: Recorded | None = None) -> Recorded:
    block = read_block(f"output {LAB} untouched", text)
    return recorder.record(block, newest(LAB), FakeRunner(), before)


def test_a_prompt_leads_to_its_node_and_to_vtysh(typed):
    found = record("root@h1:~# ip addr\nr1# show version\n")
    assert found.screen == "root@h1:~# ip addr\nline 2 of h1\nr1# show version\nline 2 of r1"
    assert typed[1:] == [("h1", ""), ("h1", "ip addr"), ("r1", "vtysh"), ("r1", "show version")]


def test_a_shell_is_kept_from_line_to_line(typed):
    assert (
        record("quietly r1# configure terminal\nr1(config)# ipv6 forwarding\n").screen
        == "r1(config)# ipv6 forwarding\nline 3 of r1"
    )


def test_the_values_of_the_lab_are_typed_and_shown(typed):
    assert "root@h1:~# ping 2001:db8:0:a3::10\n" in record("root@h1:~# ping <<site:a3::10>>").screen
    assert ("h1", "ping 2001:db8:0:a3::10") in typed


def test_a_wrong_prompt_is_found(typed):
    with pytest.raises(recorder.NotRecorded, match=r'the prompt of r1 is "r1# ", and not "r1\(config\)# "'):
        record("r1# show version\nr1(config)# exit")


def test_a_line_is_typed_again_until_it_shows_what_the_block_waits_for(typed):
    assert record("r1# show version\n  until: line 5").screen.endswith("line 5 of r1")
    assert typed.count(("r1", "show version")) == 4


def test_what_never_comes_is_reported(typed, monkeypatch):
    monkeypatch.setattr(recorder, "UNTIL", 0)
    with pytest.raises(recorder.NotRecorded, match="shows nothing that matches never"):
        record("r1# show version\n  until: never")


def test_another_node_types_while_a_line_runs(typed):
    found = record("root@h1:~# tcpdump -c 1\n  meanwhile: root@h2:~# ping -c 1 h1\n")
    assert found.screen == "root@h1:~# tcpdump -c 1\ncaptured"
    order = [typed.index(one) for one in (("h1", "tcpdump -c 1"), ("h2", "ping -c 1 h1"), ("h1", "ends"))]
    assert order == sorted(order)


def test_a_text_that_differs_only_in_times_stays_as_it_was(typed, monkeypatch):
    monkeypatch.setattr(FakeShell, "printed", "up for 00:00:0{number}")
    first = record("r1# show version")
    again = record("root@r1:~# true\nr1# show version").screen.splitlines()[-1]
    assert again == "up for 00:00:02"
    before = Recorded(first.lab, first.screen.replace("00:00:02", "00:00:59"))
    assert record("r1# show version", before) == before
    other = Recorded(first.lab, first.screen.replace("up", "down"))
    assert record("r1# show version", other) == first


def test_the_lab_is_solved_up_to_the_stage_and_its_checks_must_pass(typed, monkeypatch):
    monkeypatch.setattr(recorder, "grade", lambda lab, session, **options: made.append(options["checks"]) or [])
    made: list[list[str]] = []
    block = read_block(f"output {LAB} after adjacency", "r1# show version")
    recorder.record(block, newest(LAB), FakeRunner(), None)
    assert typed[0] == ("solution", ["ready", "adjacency"])
    assert "full-r1-r2" in made[0]
    assert "direct" not in made[0]
