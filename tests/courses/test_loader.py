"""The loader reports all errors, with file and line."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command

from courses.loader import load
from labs.typed_yaml.authoring_errors import AuthoringErrors

COURSE = """\
id: waves
title: Reading waves
summary: See land before it shows.
modules:
  - id: one
    title: Swell
    lessons:
      - 010-swell.md
"""
LESSON = """\
---
id: swell
title: Swell
summary: tell swell from wind waves.
minutes: 5
---
Look at the **horizon**.
"""


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "waves"
    folder.mkdir()
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON)
    return folder


def told(root, labs=None) -> list[str]:
    with pytest.raises(AuthoringErrors) as caught:
        load(root, labs)
    return [f"{Path(error.file).name}:{error.line}: {error.message}" for error in caught.value.errors]


def test_a_course_is_a_folder(course):
    found = load(course.parent)["waves"]
    lesson = found.lesson("swell")
    assert (found.title, found.minutes, found.lab_count) == ("Reading waves", 5, 0)
    assert "<strong>horizon</strong>" in lesson.html
    assert found.after(lesson) is None


def test_an_id_stays_when_the_file_is_renamed(course):
    (course / "010-swell.md").rename(course / "030-swell.md")
    (course / "course.yaml").write_text(COURSE.replace("010", "030"))
    assert load(course.parent)["waves"].lesson("swell")


def test_a_lab_that_two_lessons_share_counts_once(course):
    (course / "010-swell.md").write_text(LESSON.replace("minutes: 5", "minutes: 5\nlab: a-lab"))
    (course / "020-wind.md").write_text(
        LESSON.replace("id: swell", "id: wind").replace("minutes: 5", "minutes: 5\nlab: a-lab")
    )
    (course / "course.yaml").write_text(f"{COURSE}      - 020-wind.md\n")
    assert load(course.parent, {"a-lab"})["waves"].lab_count == 1


def another_course(course, name: str, *prerequisites: str) -> None:
    folder = course.with_name(name)
    folder.mkdir()
    text = COURSE.replace("id: waves", f"id: {name}") + f"prerequisites: [{', '.join(prerequisites)}]\n"
    (folder / "course.yaml").write_text(text)
    (folder / "010-swell.md").write_text(LESSON)


def test_a_course_names_its_prerequisites(course):
    another_course(course, "winds", "waves")
    assert load(course.parent)["winds"].prerequisites == ("waves",)


def test_a_prerequisite_that_does_not_exist_is_an_error(course):
    another_course(course, "winds", "waves", "tides")
    assert told(course.parent) == ['course.yaml:9: There is no course "tides". Correct the id.']


def test_courses_that_need_each_other_are_an_error(course):
    another_course(course, "winds", "stars")
    another_course(course, "stars", "winds")
    assert sorted(told(course.parent)) == [
        'course.yaml:9: "stars" needs this course itself, so neither could be the first. Remove one of the two.',
        'course.yaml:9: "winds" needs this course itself, so neither could be the first. Remove one of the two.',
    ]


def test_outputs_without_their_lesson_are_an_error(course):
    (course / "015-gone.outputs.yaml").write_text("[]\n")
    assert told(course.parent) == ["015-gone.outputs.yaml:1: No lesson belongs to these outputs. Remove the file."]


def test_a_mistake_in_a_file_of_outputs_is_an_error(course):
    (course / "010-swell.outputs.yaml").write_text("- {block: aaaaaaaaaaaa, lab: bbbbbbbbbbbb}\n")
    assert told(course.parent) == [
        '010-swell.outputs.yaml:1: an output needs "screen": what was typed and what came back'
    ]


def test_all_errors_are_reported_at_once(course):
    (course / "course.yaml").write_text(COURSE.replace("title: Reading", "titel: Reading") + "      - 020-wind.md\n")
    (course / "010-swell.md").write_text(LESSON.replace("minutes: 5", "minutes: soon"))
    (course / "099-left-over.md").write_text(LESSON)
    found = told(course.parent)
    assert "minutes" in found[0]
    assert [line.split(": ")[0] for line in found] == [
        "010-swell.md:5",
        "099-left-over.md:1",
        "course.yaml:1",
        "course.yaml:2",
        "course.yaml:7",
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("No front matter.", "010-swell.md:1: The front matter is missing. A lesson begins with"),
        (LESSON + "::: lab\n:::\n", '010-swell.md:8: The directive "lab" needs an argument'),
        (
            LESSON + "::: boat x\n:::\n",
            '010-swell.md:8: There is no directive "boat"; use one of figure, worked, hint, lab, quiz, summary, slide, notes.',
        ),
        (LESSON + "\n::: hint Why?\nBecause.\n", '010-swell.md:9: The directive "hint" has no end'),
        (LESSON + "::: figure no.svg\n:::\n", '010-swell.md:8: There is no drawing "no.svg"'),
        (LESSON + "::: figure ../waves/x.svg\n:::\n", "010-swell.md:8: There is no drawing"),
        (LESSON + "::: worked Output\nnothing\n:::\n", "010-swell.md:8: A worked example needs a fenced block"),
        (LESSON.replace("id: swell", "id: Swell Waves"), "010-swell.md:2: "),
    ],
)
def test_an_error_in_a_lesson_is_reported_with_its_line(course, written, message):
    (course / "010-swell.md").write_text(written)
    assert any(line.startswith(message) for line in told(course.parent))


def test_an_unknown_lab_is_reported(course):
    (course / "010-swell.md").write_text(LESSON + "::: lab canoe\n:::\n")
    assert told(course.parent, {"ospfv3-one-area"}) == [
        '010-swell.md:8: There is no lab "canoe" in the catalogue. Correct the id.'
    ]


def test_two_lessons_with_the_same_id_are_reported(course):
    (course / "020-more.md").write_text(LESSON)
    (course / "course.yaml").write_text(COURSE + "      - 020-more.md\n")
    assert told(course.parent) == [
        '020-more.md:2: 010-swell.md has the id "swell" too; ids are unique. Choose another one.'
    ]


def test_a_folder_without_course_yaml_is_reported(tmp_path):
    (tmp_path / "empty").mkdir()
    assert told(tmp_path) == ["course.yaml:1: The file is missing; each course folder needs one."]


@pytest.mark.parametrize("svg", ["<svg><title>x</title><script/></svg>", '<svg style="x"><title>x</title></svg>'])
def test_a_drawing_with_script_or_style_is_refused(course, svg):
    (course / "wave.svg").write_text(svg)
    (course / "010-swell.md").write_text(LESSON + "::: figure wave.svg\nA wave.\n:::\n")
    assert "which is not allowed" in told(course.parent)[0]


def test_the_command_prints_the_errors(course, settings):
    settings.COURSE_CONTENT = course.parent
    (course / "010-swell.md").write_text("nothing")
    errors = StringIO()
    with pytest.raises(CommandError, match="Errors found: 1"):
        call_command("check_content", stderr=errors, skip_checks=True)
    assert "010-swell.md:1:" in errors.getvalue()


def test_the_courses_of_this_repository_have_no_errors():
    output = StringIO()
    call_command("check_content", stdout=output)
    assert "no errors" in output.getvalue()


def test_our_lessons_use_addresses_for_documentation_only():
    pattern = re.compile(
        r"(?<![\w:])(?:[23][0-9a-f]{3}):(?!:/3\b)[0-9a-f:]+"
    )  # 2000::/3 is all of the global unicast space
    files = list(site.COURSE_CONTENT.rglob("*.md"))
    found = [(file.name, address) for file in files for address in pattern.findall(file.read_text().lower())]
    assert len({name for name, _address in found}) > 1, "the lessons of this repository have addresses"
    for name, address in found:
        assert address.startswith(("2001:db8:", "2001:0db8:", "3fff:")), (name, address)
