"""Quizzes and the glossary are read from files. All errors are reported at once, with file and line."""

from pathlib import Path

import pytest

from courses.loader import load, read
from labs.typed_yaml.authoring_errors import AuthoringErrors
from tests.courses.test_loader import COURSE, LESSON

GOLDEN = Path(__file__).parent / "golden_errors.txt"
GOOD = """\
id: swell-quiz
questions:
  - id: who
    kind: one
    ask: Who sends a **router advertisement**?
    options:
      - {text: "A router", right: true, why: "It says who it is."}
      - {text: "A `switch`", why: "It passes frames on."}
    right: Only routers do.
    wrong: Read the name again.
  - id: which
    kind: several
    ask: Which are link-local?
    options:
      - {text: "fe80::1", right: true}
      - {text: "febf::1", right: true}
      - {text: "2001:db8::1"}
    right: They are in fe80::/10.
    wrong: Look at the first ten bits.
  - {id: bits, kind: number, ask: "How long?", answer: 64, tolerance: 0, unit: bits, right: "Yes.", wrong: "Count."}
  - {id: host, kind: address, ask: "Which?", answer: "2001:db8::1", right: "Yes.", wrong: "The first one."}
  - {id: site, kind: prefix, ask: "Which?", answer: "2001:db8:1::/48", right: "Yes.", wrong: "Three groups."}
  - {id: steps, kind: order, ask: "In order?", items: ["ask", "offer", "use"], right: "Yes.", wrong: "Who begins?"}
  - {id: pairs, kind: match, ask: "Match.", pairs: [["RS", "asks"], ["RA", "tells"]], right: "Yes.", wrong: "S, A."}
  - {id: type, kind: command, ask: "Type it.", accept: ["ip -6 route", "ip -6 route show"], right: "Yes.", wrong: "ip."}
"""
BAD = """\
id: Swell Quiz
questions:
  - id: who
    kind: one
    ask: Who?
    options:
      - {text: "A", right: true}
      - {text: "B", right: true}
      - {text: "B", because: "x"}
    right: Yes.
    wrong: No.
  - {id: none, kind: several, ask: "Which?", options: [{text: a}, {text: b}], right: "Yes.", wrong: "No."}
  - {id: nothing, ask: "How?"}
  - {id: strange, kind: nubmer, ask: "How?", answer: 1}
  - {id: word, kind: number, ask: "How many?", answer: many, right: "Yes.", wrong: "No."}
  - {id: host, kind: address, ask: "Which?", answer: "2001:db8::1/64", right: "Yes.", wrong: "No."}
  - {id: net, kind: prefix, ask: "Which?", answer: "2001:db8::1/48", right: "Yes.", wrong: "No."}
  - {id: short, kind: order, ask: "Order.", items: ["one", "two"], right: "Yes.", wrong: "No."}
  - {id: twice, kind: order, ask: "Order.", items: ["one", "two", "two"], right: "Yes.", wrong: "No."}
  - {id: pairs, kind: match, ask: "Match.", pairs: [["a", "b", "c"], ["d", "e"]], right: "Yes.", wrong: "No."}
  - {id: empty, kind: command, ask: "Type.", accept: [], right: "Yes.", wrong: "No."}
  - {id: missing, kind: command, accept: ["ls"]}
  - {id: told, kind: address, ask: "Which?", answer: "2001:db8::1", right: "Yes.", wrong: "It is 2001:DB8:0::1."}
  - {id: typed, kind: command, ask: "Type.", accept: ["ip -6 route"], right: "Yes.", wrong: "Try `ip -6 route`."}
  - {id: term, kind: number, ask: "[this]{term}", answer: 1, right: "Yes.", wrong: "No."}
  - {id: same, kind: number, ask: "a", answer: 1, right: "Yes.", wrong: "No."}
  - {id: same, kind: number, ask: "b", answer: 1, right: "Yes.", wrong: "No."}
  - just words
"""
GLOSSARY = """\
- id: slaac
  term: SLAAC
  short: A host makes its own address from what a router says.
  also: [stateless address autoconfiguration]
  see: [ra]
  rfc: RFC 4862
- id: ra
  term: router advertisement
  short: What a router says of itself on a link.
"""
BAD_GLOSSARY = """\
- id: slaac
  term: SLAAC
  shrot: A host makes its own address.
- id: ra
  term: router advertisement
  short: What a router says of itself on a link.
  see: [rs]
  rfc: 4861
- id: ra
  term: RA
  short: The same.
"""


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "waves"
    folder.mkdir()
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON)
    return folder


def told(root: Path) -> list[str]:
    with pytest.raises(AuthoringErrors) as caught:
        load(root)
    return [f"{Path(error.file).name}:{error.line}: {error.message}" for error in caught.value.errors]


def test_a_quiz_belongs_to_the_lesson_of_the_same_name(course):
    (course / "010-swell.quiz.yaml").write_text(GOOD)
    quiz = load(course.parent)["waves"].lesson("swell").quiz
    assert (quiz.id, len(quiz.questions)) == ("swell-quiz", 8)
    assert "<strong>router advertisement</strong>" in quiz.question("who").ask
    assert quiz.question("who").options[1].html == "A <code>switch</code>"


def test_all_errors_are_reported_at_once_as_in_the_golden_file(course):
    (course / "010-swell.quiz.yaml").write_text(BAD)
    (course / "020-nobody.quiz.yaml").write_text(GOOD)
    (course.parent / "glossary.yaml").write_text(BAD_GLOSSARY)
    (course / "010-swell.md").write_text(LESSON + "\nA [tide]{term},\n[by itself]{term=slack} and [x]{trem}.\n")
    assert "\n".join(told(course.parent)) + "\n" == GOLDEN.read_text()


@pytest.mark.parametrize(
    "written", ["", "- a\n", "id: x\n", "id: x\nquestions: all\n", "id: x\nquestions: []\n", "a: [\n"]
)
def test_a_file_that_is_not_a_quiz_is_reported(course, written):
    (course / "010-swell.quiz.yaml").write_text(written)
    lines = told(course.parent)
    assert lines
    assert all(line.startswith("010-swell.quiz.yaml:") for line in lines)


def test_two_quizzes_with_the_same_id_are_reported(course):
    (course / "020-more.md").write_text(LESSON.replace("id: swell", "id: more"))
    (course / "course.yaml").write_text(COURSE + "      - 020-more.md\n")
    for name in ("010-swell", "020-more"):
        (course / f"{name}.quiz.yaml").write_text(GOOD)
    assert told(course.parent) == [
        '020-more.quiz.yaml:1: 010-swell.quiz.yaml has the id "swell-quiz" too; ids are unique. Choose another one.'
    ]


def test_the_quiz_appears_at_its_directive(course):
    (course / "010-swell.quiz.yaml").write_text(GOOD)
    (course / "010-swell.md").write_text(LESSON + "\n::: quiz\n\nTo do: look.\n")
    lesson = load(course.parent)["waves"].lesson("swell")
    assert "horizon" in lesson.html
    assert "To do" in lesson.after_quiz


def test_a_quiz_directive_without_a_quiz_is_reported(course):
    (course / "010-swell.md").write_text(LESSON + "\n::: quiz\n::: quiz\n")
    assert told(course.parent) == [
        '010-swell.md:1: The lesson has ::: quiz, but no valid file "010-swell.quiz.yaml". Write the file, or remove ::: quiz.',
        "010-swell.md:10: The lesson has ::: quiz twice. Remove one.",
    ]


@pytest.mark.parametrize("written", ["[SLAAC]{term}", "[slaac]{term}", "[made\nalone]{term=slaac}"])
def test_a_term_opens_its_meaning_in_a_popover(course, written):
    (course.parent / "glossary.yaml").write_text(GLOSSARY)
    (course / "010-swell.md").write_text(LESSON + f"\nIt is {written} here.\n")
    lesson = read(course.parent).courses["waves"].lesson("swell")
    assert [term.id for term in lesson.terms] == ["slaac"]
    assert 'popovertarget="word-1"' in lesson.html
    assert "A host makes its own address" in lesson.html
    assert 'href="/glossary/#slaac"' in lesson.html


def test_code_keeps_its_brackets(course):
    (course / "010-swell.md").write_text(LESSON + "\n`[x]{term}`\n\n```quote\n[y]{term}\n```\n")
    html = load(course.parent)["waves"].lesson("swell").html
    assert "[x]{term}" in html
    assert "[y]{term}" in html


def test_html_in_a_term_is_shown_as_text(course):
    (course.parent / "glossary.yaml").write_text(GLOSSARY.replace("A host makes", "<script>x</script> makes"))
    (course / "010-swell.md").write_text(LESSON + "\n[<b onclick=x>]{term=slaac} [<script>]{command}\n")
    html = load(course.parent)["waves"].lesson("swell").html
    assert "<script" not in html
    assert "<b onclick" not in html
