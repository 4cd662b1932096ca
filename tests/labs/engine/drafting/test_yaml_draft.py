"""A draft is written into lab.yaml and read again as it was meant."""

import pytest

from labs.engine.drafting.candidates import Candidate
from labs.engine.drafting.drafted_mutants import DraftedMutant
from labs.engine.drafting.placeholders import Placeholders
from labs.engine.drafting.selection import Drafted, Found
from labs.engine.drafting.yaml_draft import mutants_text, sentence, stages_text
from labs.typed_yaml.yaml_file import mark


@pytest.mark.parametrize(
    "text",
    [
        "isp has a BGP session with r1",
        "Is the neighbour's address right?",
        "r1 has 2001:db8::1/64 on eth0",
        "On r1: ipv6 route ::/0 blackhole # all",
        "no",
        "yes it is so",
        "{braces}",
        "ends with a colon:",
        "- a hyphen",
        "Trailing space ",
    ],
)
def test_a_sentence_is_read_as_it_was(text):
    assert mark(f"title: {sentence(text)}\n").value == {"title": text}


def test_quotation_marks_are_only_where_they_are_needed():
    assert sentence("isp has a BGP session with r1") == "isp has a BGP session with r1"


def test_a_check_has_all_that_was_decided_about_it():
    candidate = Candidate(
        type="path.failover",
        title="h1 still reaches r3",
        on="h1",
        expect={"to": "2001:db8::3", "at": "r3"},
        do=({"link": "r1:eth3", "up": False},),
        hold=1,
        trap=True,
    )
    found = Found(id="c1", candidate=candidate, stage="one", notices=frozenset())
    one = Drafted(found=found, id="failover-h1", points=7, within=10, needs=("a",), control=("b",), hint=("One: two",))
    [stage] = mark(stages_text({"one": "The first"}, [one], Placeholders({}))).value["stages"]
    assert stage == {
        "id": "one",
        "title": "The first",
        "checks": [
            {
                "id": "failover-h1",
                "type": "path.failover",
                "title": "h1 still reaches r3",
                "on": ["h1"],
                "do": [{"link": "r1:eth3", "up": False}],
                "expect": {"to": "2001:db8::3", "at": "r3"},
                "points": 7,
                "within": 10,
                "hold": 1,
                "needs": ["a"],
                "control": ["b"],
                "show": "after_pass",
                "hint": ["One: two"],
            }
        ],
    }


def test_a_mutant_names_its_line_and_what_becomes_of_it():
    one = DraftedMutant(id="m", title="A title", on="r1", line="a # b", after="c: d", becomes=("e",), fails=("x", "y"))
    change = {"on": "r1", "line": "a # b", "after": "c: d", "becomes": ["e"]}
    wanted = {"id": "m", "title": "A title", "changes": [change], "fails": ["x", "y"]}
    assert mark(mutants_text([one])).value == {"mutants": [wanted]}
    assert mutants_text([]) == ""
