"""trainer.md and the outcomes of a course: what is read, and what is reported with its line."""

import pytest
from django.conf import settings as site

from courses import class_material
from courses.loader import load
from courses.trainer import DAYS, FILE, SECTIONS, RowKind
from labs.engine.authoring import trainer_and_handout as lab_trainer
from labs.registry.versions import newest
from tests.courses.test_loader import COURSE, LESSON, told

HEAD = "".join(f"{day}:\n  - {{minutes: 60, lesson: swell}}\n" for day in DAYS)  # each day has two lines
BODY = "Read it.\n\n" + "".join(f"## About {name} {{#{name}}}\n\nA [tool]{{command}}.\n\n" for name in SECTIONS)
TRAINER = f"---\n{HEAD}---\n{BODY}"
OUTCOMES = "outcomes: [tell swell from wind waves, count waves, see land]\n"
OURS = load(site.COURSE_CONTENT)
TAUGHT = [course for course in OURS.values() if course.trainer]


@pytest.fixture
def course(waves):
    (waves / FILE).write_text(TRAINER)
    (waves / "course.yaml").write_text(COURSE + OUTCOMES)
    return waves


def test_the_page_has_its_timetables_and_sections(course):
    page = load(course.parent)["waves"].trainer
    assert list(page.days) == list(DAYS)
    [row] = page.days["half-day"]
    assert (row.kind, row.what, row.minutes) == (RowKind.LESSON, "swell", 60)
    assert "Read it." in page.intro
    assert [section.id for section in page.sections] == list(SECTIONS)
    assert "<kbd>tool</kbd>" in page.sections[0].html


def test_a_lab_of_the_course_and_a_lab_of_another_course(course):
    (course / "010-swell.md").write_text(LESSON.replace("minutes: 5", "minutes: 5\nlab: a-lab"))
    (course / FILE).write_text(TRAINER.replace("lesson: swell", "lab: a-lab", 1))
    assert load(course.parent)["waves"].trainer.days["half-day"][0].kind is RowKind.LAB
    (course / FILE).write_text(TRAINER.replace("lesson: swell", "lab: b-lab", 1))
    assert told(course.parent) == ['trainer.md:3: There is no lab "b-lab" in the course: did you mean "a-lab"?']


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\n", "", "1: The file begins with a line ---"),
        ("lesson: swell", "lesson: smell", '3: There is no lesson "smell" in the course: did you mean "swell"?'),
        (", lesson: swell", "", "3: An entry needs minutes and one of lesson, lab, break, other."),
        ("lesson: swell", "lesson: swell, break: Tea", "3: An entry needs minutes and one of"),
        ("minutes: 60", "minutes: soon", "3: minutes must be a whole number from 1 to 240"),
        ("minutes: 60", "minutes: 121", "3: People have worked for 121 minutes at the end of this entry."),
        ("half-day:", "half-dya:", '2: trainer.md has no key "half-dya": did you mean "half-day"?'),
        ("half-day:\n", "half-day:\n" + "  - {minutes: 90, break: Tea}\n" * 3, "2: half-day lasts 330 minutes"),
        ("half-day:\n", "half-day: [\n", "3: "),
        ("#print", "#paper", '19: There is no section "paper"'),
        ("#print", "#paper", '13: A section is missing: "## A title {#print}", with what to print'),
        ("#print", "#goes-wrong", '19: There are 2 sections "goes-wrong". Join them.'),
        ("A [tool]{command}.", "", '15: The section "About timetable" is empty.'),
        ("A [tool]{command}.", "[tide]{term}", '17: There is no term "tide"'),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line(course, old, new, message):
    assert old in TRAINER
    (course / FILE).write_text(TRAINER.replace(old, new, 1))
    assert any(line.startswith(f"trainer.md:{message}") for line in told(course.parent)), told(course.parent)


def test_a_break_begins_the_count_again(course):
    rows = "  - {minutes: 100, lesson: swell}\n  - {minutes: 15, break: Tea}\n" * 2
    (course / FILE).write_text(TRAINER.replace("half-day:\n  - {minutes: 60, lesson: swell}\n", f"half-day:\n{rows}"))
    assert len(load(course.parent)["waves"].trainer.days["half-day"]) == 4


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ("[see, count]", "9: outcomes needs 3 or more entries."),
        ("[a, b, c, d, e, f, g, h]", "9: There are 8 outcomes, and at most 7 are possible."),
    ],
)
def test_a_course_has_three_to_seven_outcomes(waves, outcomes, message):
    (waves / "course.yaml").write_text(f"{COURSE}outcomes: {outcomes}\n")
    assert any(line.startswith(f"course.yaml:{message}") for line in told(waves.parent)), told(waves.parent)


def test_a_lesson_cannot_have_the_address_of_the_page_for_trainers(waves):
    (waves / "010-swell.md").write_text(LESSON.replace("id: swell", "id: trainer"))
    assert told(waves.parent)[0].startswith('010-swell.md:2: The address of a lesson "trainer" is that of the page')


def test_a_course_without_them_gets_warnings(waves, course):
    assert not [one for one in _warnings(course) if "outcomes" in one or FILE in one]
    (course / FILE).unlink()
    (course / "course.yaml").write_text(COURSE)
    assert "course.yaml:1: The course has no page for trainers. Write trainer.md." in _warnings(course)
    assert any(one.startswith("course.yaml:1: The course has no outcomes.") for one in _warnings(course))


def _warnings(folder) -> list[str]:
    return [str(one).rpartition("/")[2] for one in class_material.missing(load(folder.parent)["waves"])]


# The courses of this repository


@pytest.mark.parametrize("course", TAUGHT, ids=lambda course: course.id)
def test_a_timetable_gives_each_lab_the_time_that_its_own_page_asks_for(course):
    """In a timetable that leaves out a part of a lab, a note says so."""
    for days in (["half-day"], ["one-day"], ["day-1", "day-2", "day-3"]):
        rows = [row for day in days for row in course.trainer.days[day] if row.kind is RowKind.LAB]
        for lab in {row.what for row in rows}:
            of_lab = [row for row in rows if row.what == lab]
            needed = sum(lab_trainer.read(newest(lab)).minutes.values())
            assert sum(row.minutes for row in of_lab) >= needed or any(row.note for row in of_lab), (days, lab)


@pytest.mark.parametrize("course", TAUGHT, ids=lambda course: course.id)
def test_three_days_have_time_for_every_lab_and_lesson(course):
    rows = [row for day in ("day-1", "day-2", "day-3") for row in course.trainer.days[day]]
    assert {row.what for row in rows if row.kind is RowKind.LAB} == set(course.labs)
    assert {row.what for row in rows if row.kind is RowKind.LESSON} == {lesson.id for lesson in course.lessons()}
