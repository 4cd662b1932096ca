"""The outputs of terminals for an author: the answers to typed lines, and the output of commands."""

from contextlib import contextmanager

import pytest

from labs.engine.author_runs import terminal_outputs
from labs.engine.author_runs.terminal_outputs import Answer, read_commands, run_commands, type_and_listen
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.runtime.shell import answer_in
from labs.typed_yaml.authoring_errors import AuthoringErrors

NODES = [Node(name="r1", kind=Kind.FRR), Node(name="b1", kind=Kind.BIRD), Node(name="s1", kind=Kind.SWITCH)]


@pytest.mark.parametrize(
    ("screen", "answer"),
    [
        ('ip addr add 2001:db8::1/64 dev eth9\r\nCannot find device "eth9"\r\nr1:~# ', 'Cannot find device "eth9"'),
        ("true\r\nr1:~# ", ""),
        (
            "neighbor x \rneighbor x remote-as 1\r\n% Unknown command: neighbor\r\nr1(config-router)# ",
            "% Unknown command: neighbor",
        ),
        ("ls\r\n 10 %\r100 %\r\n\r\nlast\r\nr1:~# ", "100 %\n\nlast"),
    ],
)
def test_an_answer_is_the_screen_between_the_typed_line_and_the_prompt(screen, answer):
    assert answer_in(screen) == answer


def test_what_vtysh_says_when_all_is_well_is_not_told():
    greeting = "\nHello, this is FRRouting (version 10.3).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\n"
    assert Answer("r1", "vtysh", greeting).told == ""
    saved = "Building Configuration...\nIntegrated configuration saved to /etc/frr/frr.conf\n[OK]"
    assert Answer("r1", "write memory", saved).told == ""
    assert Answer("r1", "no such", "% Unknown command: no such").told == "% Unknown command: no such"


def test_answers_are_kept_by_node_in_the_order_of_the_lines(monkeypatch):
    def type_lines(session, lines, *, seconds, on_line):
        for node in reversed(lines):
            for line in lines[node]:
                on_line(node, line, f"{line}\r\nno {line}\r\n{node}:~# ")

    monkeypatch.setattr(terminal_outputs, "type_lines", type_lines)
    heard = type_and_listen(None, {"r1": ("a", "b"), "r2": ("c",)})
    assert heard == [Answer("r1", "a", "no a"), Answer("r1", "b", "no b"), Answer("r2", "c", "no c")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("show bgp", "Write NODE: COMMAND"),
        ("r1:", "Write NODE: COMMAND"),
        ("r9: ls", 'no node "r9"'),
        ("s1: ls", 'no node "s1"'),
    ],
)
def test_a_command_for_no_node_is_reported(given, said):
    with pytest.raises(AuthoringErrors, match=said):
        read_commands([given], ad_hoc_lab("three", NODES, []))


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("r1: show bgp summary", "vtysh -c 'show bgp summary'"),
        ("b1: show protocols", "birdc show protocols"),
        ("r1: ip -6 route", "ip -6 route"),
    ],
)
def test_show_is_asked_of_the_router_and_all_else_of_bash(command, typed, monkeypatch):
    class FakeShell:
        def __init__(self):
            self.lines = []

        def type(self, line):
            self.lines.append(line)
            return f"{line}\r\nfine\r\nr1:~# "

        def leave(self):
            pass

    shell = FakeShell()

    @contextmanager
    def opened(session, node, terminal):
        yield shell

    monkeypatch.setattr(terminal_outputs, "Shell", opened)
    [output] = run_commands(None, read_commands([command], ad_hoc_lab("three", NODES, [])))
    assert shell.lines == [typed]
    assert (output.node, output.line, output.text) == (command[:2], command[4:], "fine")
