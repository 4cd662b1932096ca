"""A mutant is the solution with one mistake, and its author reads what is wrong with it."""

import pytest

from labs.engine.authoring.mutants import changed
from labs.engine.authoring.parse import load_lab
from labs.typed_yaml.authoring_errors import AuthoringErrors
from tests.labs.engine.conftest import PROVEN_SOLUTION


def test_a_mutant_is_the_solution_with_one_mistake(lab):
    [mutant] = lab.mutants
    assert changed(lab.solution, mutant)["first"]["r1"][3:] == (
        "no ipv6 forwarding",
        "ip forwarding",
        "end",
        "exit",
        "ip link set eth0 down",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("fails: [loopback]", "fails: [loopbak]", 47, 'There is no check "loopbak": did you mean "loopback"?'),
        ("line: ipv6 forwarding, b", "line: ipv6 forward, b", 45, '"ipv6 forward" is not typed on r1: did you mean'),
        (
            "{on: r1, line: ipv6 forwarding, r",
            "{on: r2, line: ipv6 forwarding, r",
            49,
            'The solution types nothing on "r2".',
        ),
        ("reason: Nobody is behind it.", "after: exit", 49, 'needs "reason"'),
        ("also: {r1:", "also: {r7:", 46, 'There is no node "r7"'),
        ("    fails: [loopback]\n", "", 42, 'A mutant needs "fails"'),
    ],
)
def test_an_author_reads_what_is_wrong_with_a_mutant_and_where(proven, old, new, line, said):
    text = (proven / "lab.yaml").read_text()
    assert old in text
    (proven / "lab.yaml").write_text(text.replace(old, new))
    with pytest.raises(AuthoringErrors) as caught:
        load_lab(proven)
    assert any(error.line == line and said in error.message for error in caught.value.errors), caught.value


def test_a_line_that_is_typed_twice_is_named_by_a_line_above_it(proven):
    (proven / "solution/r1.sh").write_text(
        PROVEN_SOLUTION + "vtysh\nconfigure terminal\nno ipv6 forwarding\nipv6 forwarding\nend\nexit\n"
    )
    with pytest.raises(AuthoringErrors, match=r'is typed 2 times on r1\. Name a line above the right one with "after"'):
        load_lab(proven)
    text = (
        (proven / "lab.yaml")
        .read_text()
        .replace("line: ipv6 forwarding,", "line: ipv6 forwarding, after: no ipv6 forwarding,")
    )
    (proven / "lab.yaml").write_text(text)
    lab = load_lab(proven)
    assert changed(lab.solution, lab.mutants[0])["first"]["r1"].count("ipv6 forwarding") == 1
