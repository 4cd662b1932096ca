"""Lessons are true to their labs: their outputs are recorded, and recorded in the labs as they are now."""

import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.lab_references import mistakes, state_of
from courses.loader import clear_cache, load
from courses.networks import labs_and_networks
from courses.output_file import Recorded, file_of, read_outputs, write_outputs
from labs.registry.versions import newest
from labs.typed_yaml.authoring_errors import AuthoringErrors
from tests.courses.test_loader import LESSON

LAB = "ospfv3-one-area"
BLOCK = "::: worked Routes\n```output {lab}\nr1# show ipv6 route\n```\n:::\n"


@pytest.fixture
def lesson(waves):
    """The only lesson of a course, with one output that is recorded."""
    file = waves / "010-swell.md"
    (waves / "010-swell.quiz.yaml").unlink()
    file.write_text(LESSON + BLOCK.format(lab=f"{LAB} after reach"))
    record(file)
    return file


def record(file: Path) -> None:
    [block] = load(file.parents[1])["waves"].lesson("swell").outputs
    write_outputs(
        file_of(file), [(block.key, Recorded(state_of(newest(block.lab), block.stage), "r1# show ipv6 route"))]
    )


def told(file: Path, *changed) -> list[str]:
    labs = labs_and_networks(file.parents[1]) | {lab.id: lab for lab in changed}
    courses = load(file.parents[1], labs)
    return [f"{Path(error.file).name}:{error.line}: {error.message}" for error in mistakes(courses, labs)]


def test_the_outputs_of_our_lessons_are_recorded_in_our_labs_as_they_are():
    """Says which outputs are missing or out of date. ``make outputs`` records them."""
    labs = labs_and_networks(settings.COURSE_CONTENT)
    assert [str(error) for error in mistakes(load(settings.COURSE_CONTENT, labs), labs)] == []


def test_the_files_of_our_lessons_hold_nothing_that_no_lesson_shows():
    for course in load(settings.COURSE_CONTENT).values():
        for lesson in course.lessons():
            recorded, _wrong = read_outputs(file_of(lesson.file))
            assert list(recorded) == [block.key for block in lesson.outputs], lesson.id


def test_a_recorded_output_is_current(lesson):
    assert told(lesson) == []


def test_an_output_without_a_recording_is_reported(lesson):
    file_of(lesson).unlink()
    assert told(lesson) == [
        '010-swell.md:9: This output is not recorded, or what is typed for it has changed since. Type "make outputs": '
        "it records what is missing or out of date."
    ]


def test_a_marked_value_that_the_lab_has_not_is_reported(lesson):
    lesson.write_text(lesson.read_text().replace("after reach", "after reach own cost"))
    assert told(lesson) == []
    lesson.write_text(lesson.read_text().replace("own cost", "own costs"))
    assert told(lesson) == ['010-swell.md:9: own costs: There is no parameter "costs": did you mean "cost"?']


def test_a_changed_command_makes_an_output_out_of_date(lesson):
    lesson.write_text(lesson.read_text().replace("show ipv6 route", "show ipv6 ospf6 route"))
    assert len(told(lesson)) == 1


@pytest.mark.parametrize("part", ["network", "solution", "value"])
def test_a_changed_lab_makes_an_output_out_of_date(lesson, part):
    lab = newest(LAB)
    changed = {
        "network": replace(lab, nodes={**lab.nodes, "h1": replace(lab.nodes["h1"], start=("true",))}),
        "solution": replace(lab, solution={**lab.solution, "ready": {"r1": ("true",)}}),
        "value": replace(lab, parameters={**lab.parameters, "cost": 6}),
    }[part]
    [message] = told(lesson, changed)
    assert message.startswith(f"010-swell.md:9: The lab {LAB} has changed since this output was recorded.")


def test_what_a_stage_does_not_reach_leaves_its_output_current(lesson):
    lab = newest(LAB)
    changed = replace(lab, guide="Another guide.", solution={**lab.solution, "failover": {"r1": ("true",)}})
    assert told(lesson, changed) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            (f"{LAB} after reach", "ospfv3-one-aera after reach"),
            'There is no lab "ospfv3-one-aera" in the catalogue or in',
        ),
        ((f"{LAB} after reach", f"{LAB} after raech"), f'The lab {LAB} has no stage "raech": did you mean "reach"?'),
        (("r1# show ipv6 route", "r9# show ipv6 route"), f'The lab {LAB} has no node "r9" to type on:'),
        (("r1# show ipv6 route", "s3# show ipv6 route"), f'The lab {LAB} has no node "s3" to type on:'),
        (("show ipv6 route", "show ipv6 route <<siet::/48>>"), 'There is no parameter "siet": did you mean "site"?'),
    ],
)
def test_a_block_that_its_lab_cannot_show_is_reported(lesson, wrong, said):
    lesson.write_text(lesson.read_text().replace(*wrong))
    assert any(message.startswith("010-swell.md:9: ") and said in message for message in told(lesson))


def test_a_number_that_the_lab_does_not_have_is_reported_with_its_line(lesson):
    lesson.write_text(f"{lesson.read_text()}\nOne\n<<{LAB} siet:a3::10>>\n<<{LAB} site:a3::10>>\n")
    [message] = told(lesson)
    assert message.startswith("010-swell.md:15: <<siet:a3::10>> of the lab ospfv3-one-area: There is no parameter")


def test_check_content_reports_it_with_file_and_line(lesson):
    file_of(lesson).unlink()
    errors = StringIO()
    with pytest.raises(CommandError, match="Errors found: 1"):
        call_command("check_content", stderr=errors)
    assert f"{lesson}:9: This output is not recorded" in errors.getvalue()
    record(lesson)
    clear_cache()
    call_command("check_content", stdout=StringIO())


def test_a_course_may_show_a_network_that_is_no_lab_of_the_catalogue(lesson):
    folder = lesson.parent / "networks/triangle"
    shutil.copytree(newest(LAB).folder, folder)
    lesson.write_text(lesson.read_text().replace(LAB, "triangle"))
    (folder / "lab.yaml").write_text((folder / "lab.yaml").read_text().replace(f"id: {LAB}\n", "id: triangle\n"))
    [message] = told(lesson)
    assert "This output is not recorded" in message


def test_a_network_needs_an_id_of_its_own(lesson):
    shutil.copytree(newest(LAB).folder, lesson.parent / "networks/triangle")
    with pytest.raises(AuthoringErrors, match=f'has the id "{LAB}" too'):
        labs_and_networks(lesson.parents[1])
