"""A block says which output of which lab a lesson shows, and what is typed to get it."""

import pytest

from courses.output_block import BlockErrors, read_block


def wrong(info: str, content: str) -> list[tuple[int, str]]:
    with pytest.raises(BlockErrors) as caught:
        read_block(info, content)
    return caught.value.found


def test_a_block_names_a_lab_and_its_state():
    untouched = read_block("output ospfv3-one-area untouched", "r1# show ipv6 route")
    solved = read_block("output ospfv3-one-area after reach", "r1# show ipv6 route")
    assert (untouched.lab, untouched.stage) == ("ospfv3-one-area", "")
    assert (solved.lab, solved.stage) == ("ospfv3-one-area", "reach")


def test_a_prompt_says_where_a_line_is_typed():
    block = read_block("output a-lab untouched", "root@h1:~# ip -6 addr\nr1# show version\nr1(config-router)# exit\n")
    assert [(step.node, step.in_vtysh, step.line) for step in block.steps] == [
        ("h1", False, "ip -6 addr"),
        ("r1", True, "show version"),
        ("r1", True, "exit"),
    ]


def test_options_belong_to_the_line_above_them():
    first, second = read_block(
        "output a-lab untouched", "r1# show a\n  only: ^S\n  until: two words\nr1# show b\n"
    ).steps
    assert first.options == {"only": "^S", "until": "two words"}
    assert second.options == {}


def test_a_line_may_be_typed_while_another_one_runs():
    [step] = read_block(
        "output a-lab untouched", "root@h1:~# tcpdump -c 1\n  meanwhile: root@h2:~# ping -c 1 h1\n"
    ).steps
    assert [(other.node, other.line) for other in step.meanwhile] == [("h2", "ping -c 1 h1")]


def test_values_that_are_marked_change_no_recording():
    plain, marked = (read_block(f"output a-lab after one{own}", "r1# show bgp") for own in ("", "  own port cost+2"))
    assert (plain.own, marked.own) == ((), ("port", "cost+2"))
    assert (marked.lab, marked.stage, marked.key) == (plain.lab, plain.stage, plain.key)
    assert wrong("output a-lab untouched own", "r1# show bgp")


def test_what_is_typed_quietly_is_not_shown():
    block = read_block("output a-lab untouched", "quietly r1# clear bgp *\nr1# show bgp\n")
    assert block.typed == "r1# show bgp"


def test_the_key_changes_with_all_that_the_author_wrote():
    blocks = [
        read_block("output a-lab untouched", "r1# show bgp"),
        read_block("output a-lab after one", "r1# show bgp"),
        read_block("output b-lab untouched", "r1# show bgp"),
        read_block("output a-lab untouched", "r1# show ip bgp"),
        read_block("output a-lab untouched", "r1# show bgp\n  only: x"),
    ]
    assert len({block.key for block in blocks}) == len(blocks)
    assert read_block("output  a-lab   untouched ", "r1# show bgp\n\n").key == blocks[0].key


@pytest.mark.parametrize(
    ("info", "content", "line", "said"),
    [
        ("output", "r1# show bgp", 0, "Name the lab and its state"),
        ("output a-lab later one", "r1# show bgp", 0, "Name the lab and its state"),
        ("output a-lab untouched", "r1# show bgp\nNeighbor V AS", 2, '"Neighbor V AS" is not a prompt'),
        ("output a-lab untouched", "r1# ", 1, "is not a prompt with a line to type"),
        ("output a-lab untouched", "  only: x\nr1# show bgp", 1, "An option belongs to the line above it"),
        ("output a-lab untouched", "r1# show bgp\n  onyl: x", 2, 'There is no option "onyl"; use one of only,'),
        ("output a-lab untouched", "r1# show bgp\n  only: (", 2, "is not a regular expression"),
        ("output a-lab untouched", "r1# show bgp\n  only: a\n  only: b", 3, 'The option "only" is there twice'),
        ("output a-lab untouched", "quietly r1# show bgp", 0, "The block shows no line"),
    ],
)
def test_a_mistake_is_reported_with_its_line(info, content, line, said):
    [(at, message)] = wrong(info, content)
    assert at == line
    assert said in message


def test_all_mistakes_of_a_block_are_reported_at_once():
    assert len(wrong("output", "hello\nr1# show bgp\n  onyl: x\n")) == 3
