"""A solution is cut into stages, so that it can be typed up to a stage."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.solution import typed
from labs.typed_yaml.authoring_errors import AuthoringErrors

SECOND = """
  - id: second
    title: The second stage
    checks:
      - id: again
        type: ping
        title: h1 still reaches r1
        on: [h1]
        expect: {to: "2001:db8:1::1"}
"""
GOOD = "# stage: first\nvtysh\n\n# a word\nexit\n# stage: second\nip link\n"


@pytest.fixture
def two_stages(lab_folder):
    """The small lab with a second stage; call it with the text of its solution."""
    (lab_folder / "lab.yaml").write_text((lab_folder / "lab.yaml").read_text().rstrip() + SECOND)
    (lab_folder / "guide.md").write_text("## First {#first}\n\nDo.\n\n## Second {#second}\n\nDo.\n")

    def with_solution(text):
        (lab_folder / "solution/r1.sh").write_text(text)
        return lab_folder

    return with_solution


def errors_of(folder):
    with pytest.raises(AuthoringErrors) as caught:
        load_lab(folder)
    return [str(error).removeprefix(f"{folder}/") for error in caught.value.errors]


def test_the_lines_before_a_stage_are_typed_for_a_learner_who_skips_to_it(two_stages):
    lab = load_lab(two_stages(GOOD))
    assert lab.before("second") == ("first",)
    assert typed(lab, lab.before("second")) == {"r1": ("vtysh", "exit")}
    assert typed(lab) == {"r1": ("vtysh", "exit", "ip link")}
    assert typed(lab, lab.before("first")) == {}
    with pytest.raises(KeyError):
        lab.before("third")


def test_a_stage_may_have_nothing_to_type(two_stages):
    assert typed(load_lab(two_stages("# stage: first\nip link\n# stage: second\n")), ["second"]) == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("ip link\n# stage: second\nip link\n", 'r1.sh:1: The stage of this line is not known. Write "# stage: first"'),
        (
            "# stage: first\nip link\n# stage: thrid\nip\n",
            'r1.sh:3: There is no stage "thrid": use one of first, second.',
        ),
        (
            "# stage: second\nip link\n# stage: first\nip\n",
            'r1.sh:3: The stage "first" comes before "second" in lab.yaml',
        ),
        ("# stage: first\nip\n# stage: second\n# stage: first\n", 'r1.sh:4: The stage "first" is here twice'),
    ],
)
def test_an_author_reads_where_the_stages_of_a_solution_are_wrong(two_stages, text, error):
    assert any(said.startswith(f"solution/{error}") for said in errors_of(two_stages(text)))


def test_a_stage_that_no_file_names_is_a_mistake(two_stages):
    assert errors_of(two_stages("# stage: first\nip link\n")) == [
        'solution:1: No file has lines for the stage "second". Write "# stage: second", even if nothing is typed in it.'
    ]
