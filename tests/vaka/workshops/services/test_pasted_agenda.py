"""An agenda that is pasted from a spreadsheet."""

from datetime import UTC, datetime

import pytest

from courses.loader import catalogue
from labs.models.pool_size import PoolSize
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services import pasted_agenda
from vaka.workshops.services.pasted_agenda import AgendaErrors


@pytest.fixture
def fiji(workshop):
    days = {"first_day": "2026-12-01", "last_day": "2026-12-03", "time_zone": "Pacific/Fiji"}
    Workshop.objects.filter(pk=workshop.pk).update(**days)
    workshop.refresh_from_db()
    return workshop


def test_each_line_becomes_an_item_with_local_times_and_its_labs_are_built_ahead(fiji, lab):
    table = (
        "Day\tStart\tEnd\tTopic\tType\tMaterial\tNotes\n"
        "1\t09:00\t10:30\tAddresses\tSession\tfirst-light, lesson: leaks-and-hijacks; course: first-steps\tDraw it.\n"
        "\t10:30\t11:00\tMorning tea\t\t\n"
        "Day 3\t9.00\t11h00\tFinal\tExam\tFirst light\n"
    )
    first, tea, final = pasted_agenda.add(fiji, table)
    assert first.from_at == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert (first.labs, first.lessons, first.courses) == (
        ["first-light"],
        ["first-steps/leaks-and-hijacks"],
        ["first-steps"],
    )
    assert (first.kind, tea.kind, final.kind) == ("practice", "break", "exam")
    assert first.notes == "Draw it."
    assert tea.from_at == first.to_at
    assert final.from_at == datetime(2026, 12, 2, 21, tzinfo=UTC)
    assert PoolSize.objects.count() == 2


def test_without_an_end_an_item_lasts_until_the_next_line_of_its_day(fiji):
    first, second = pasted_agenda.add(fiji, "2026-12-02,09:00,,Talk about routes,Talk\n,10:15-11:00,,Questions\n")
    assert first.to_at == second.from_at
    assert first.kind == "talk"


def test_the_next_line_ends_an_item_also_if_it_names_the_same_day(fiji):
    first, second, third = pasted_agenda.add(
        fiji, "1,09:00,,Routes\nDay 1,10:15,11:00,Questions\n2,09:00,10:00,Filters\n"
    )
    assert first.to_at == second.from_at
    assert second.to_at < third.from_at


def test_the_first_line_of_another_day_ends_nothing(fiji):
    with pytest.raises(AgendaErrors, match="needs a start and an end"):
        pasted_agenda.add(fiji, "1,09:00,,Routes\n2,10:15,11:00,Questions\n")


def contents(item):
    return item.labs, item.lessons, item.courses


def test_each_title_of_the_catalogue_can_be_pasted_also_with_commas_in_it(fiji, settings):
    courses = catalogue(settings.COURSE_CONTENT).values()
    titles = [lesson.title for course in courses for lesson in course.lessons() if "," in lesson.title]
    titles += [course.title for course in courses if "," in course.title]
    assert titles
    names = pasted_agenda.Names.known()
    lines = "".join(f"1\t09:00\t10:00\tx\tPractice\t{title}\n" for title in titles)
    for title, item in zip(titles, pasted_agenda.add(fiji, lines), strict=True):
        field, id_ = names.find(title)
        assert getattr(item, field) == [id_]


NAMES = {"red": "c/1", "red, green": "c/2", "blue": "c/3", "5,000 routes": "c/4"}


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("Red, green", ["c/2"]),
        ("red, blue", ["c/1", "c/3"]),
        ("blue,red, green,blue", ["c/3", "c/2", "c/3"]),
        ("lesson: red, green, 5,000 routes; red", ["c/2", "c/4", "c/1"]),
        ("red, green\nblue,", ["c/2", "c/3"]),
    ],
)
def test_a_comma_is_part_of_a_title_or_separates_two(fiji, monkeypatch, written, ids):
    monkeypatch.setattr(pasted_agenda.Names, "known", lambda: pasted_agenda.Names({}, NAMES, {}))
    [item] = pasted_agenda.add(fiji, f'1\t09:00\t10:00\tx\tPractice\t"{written}"\n')
    assert contents(item) == ([], ids, [])


def test_an_unknown_name_between_commas_is_named_alone(fiji, monkeypatch):
    monkeypatch.setattr(pasted_agenda.Names, "known", lambda: pasted_agenda.Names({}, NAMES, {}))
    with pytest.raises(AgendaErrors, match="“violet”"):
        pasted_agenda.add(fiji, "1\t09:00\t10:00\tx\tPractice\tred, green, violet, blue\n")


@pytest.mark.parametrize(
    "line",
    [
        "1\t09:00\t10:00\tx\tPractice\tred, blue, red, blue, red, blue, red, blue",
        '1,09:00,10:00,x,Talk,"red;blue;red;blue;red;blue"',
    ],
)
def test_names_of_a_cell_do_not_decide_what_separates_the_cells(fiji, monkeypatch, line):
    monkeypatch.setattr(pasted_agenda.Names, "known", lambda: pasted_agenda.Names({}, NAMES, {}))
    [item] = pasted_agenda.add(fiji, line)
    assert item.lessons[:2] == ["c/1", "c/3"]


def hours(item, zone):
    begins, ends = (at.astimezone(zone) for at in (item.from_at, item.to_at))
    return begins.hour + begins.minute / 60, ends.hour + ends.minute / 60


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("9:00 AM\t1:30 PM", (9, 13.5)),
        ("12:00 p.m.-12:45pm\t", (12, 12.75)),
        ("12:15 am\t1:00 am", (0.25, 1)),
        ("1:30:00 PM\t3:00:00 PM", (13.5, 15)),
        ("1:30:00\u202fp. m.\t3:00:00\u202fp. m.", (13.5, 15)),
        ("9 AM\t10:30 AM", (9, 10.5)),
        ("9am–10:30am\t", (9, 10.5)),
    ],
)
def test_times_of_twelve_hours_are_read(fiji, written, expected):
    [item] = pasted_agenda.add(fiji, f"1\t{written}\tRoutes\n")
    assert hours(item, fiji.zone) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("09:00:00\t10:30:00", (9, 10.5)),
        ("14:00 - 15:30\t", (14, 15.5)),
        ("14:00 to 15:30\t", (14, 15.5)),
        ("9–10:30\t", (9, 10.5)),
        ("9h\t10h30", (9, 10.5)),
        ("09.00\t10.30", (9, 10.5)),
    ],
)
def test_times_of_a_day_of_24_hours_are_read(fiji, written, expected):
    [item] = pasted_agenda.add(fiji, f"1\t{written}\tRoutes\n")
    assert hours(item, fiji.zone) == expected


@pytest.mark.parametrize(
    "written",
    [
        "2\t02.12.2026 09:00\t02.12.2026 10:30",
        "\t2026-12-02 09:00\t2026-12-02 10:30",
        "\t2026-12-02T09:00:00\t10:30",
        "Day 2\t2.12.2026, 9.00 - 10.30\t",
    ],
)
def test_a_date_before_a_time_is_the_day_of_the_item(fiji, written):
    [item] = pasted_agenda.add(fiji, f"{written}\tRoutes\n")
    assert item.from_at.astimezone(fiji.zone).date().isoformat() == "2026-12-02"
    assert hours(item, fiji.zone) == (9, 10.5)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("\t12/2/2026 09:00\t10:30", "“12/2/2026 09:00” is not a time. Write"),
        ("\t30.02.2026 09:00\t10:30", "“30.02.2026 09:00” is not a time. Write"),
        ("\t9\t10:30", "“9” is not a time"),
        ("\t09:00\t90 min", "“90 min” is not a time"),
        ("\t09:00-10:00-11:00\t", "“09:00-10:00-11:00” is not a time"),
        ("\tabout 09:00\t10:30", "“about 09:00” is not a time"),
        ("\t09:00-10:30\t11:00", "has more than one end"),
        ("\t1:30\t3:00 PM", "AM or PM after both times"),
        ("\t1:30-3:00 PM\t", "AM or PM after both times"),
        ("\t13:00 PM\t3:00 PM", "with AM or PM, hours go from 1 to 12"),
        ("\t\t10:30", "needs a start and an end"),
        ("1\t02.12.2026 09:00\t10:30", "another day than its line"),
        ("\t02.12.2026 09:00\t03.12.2026 10:30", "on different days"),
        ("\t05.12.2026 09:00\t10:30", "outside the workshop days"),
    ],
)
def test_times_that_can_be_read_in_two_ways_are_refused(fiji, written, why):
    with pytest.raises(AgendaErrors) as raised:
        pasted_agenda.add(fiji, f"{written}\tRoutes\n2\t10:45\t11:45\tFilters\n")
    [error] = raised.value.errors
    assert error.startswith("Line 1: ")
    assert why in error


def test_a_mistake_in_the_next_line_is_named_there(fiji):
    with pytest.raises(AgendaErrors) as raised:
        pasted_agenda.add(fiji, "1\t09:00\t\tRoutes\n\tlater\t11:00\tFilters\n")
    assert [error for error in raised.value.errors if "later" in error] == [raised.value.errors[1]]


def test_all_mistakes_are_named_with_their_lines_and_nothing_is_added(fiji, lab):
    table = (
        "day\tfrom\tto\ttitle\tkind\tcontent\n"
        "4\t09:00\t10:00\tToo late\n"
        "1\t09:00\t08:00\tBackwards\n"
        "1\t09:00\t10:00\tParty\tParty\n"
        "1\t09:00\t10:00\tGone\t\tno-such-lab\n"
        "1\t25:00\t26:00\tNever\n"
        "1\t09:00\t10:00\t\n"
        "1\t09:00\t\tEndless\n"
        "1\t09:00\t10:00\tFinal\tExam\n"
        "1\t10:00\t11:00\tLunch\tBreak\tfirst-light\n"
        "1\t12:00\t13:00\tGood\n"
    )
    with pytest.raises(AgendaErrors) as raised:
        pasted_agenda.add(fiji, table)
    errors = raised.value.errors
    assert [error.partition(":")[0] for error in errors] == [f"Line {n}" for n in range(2, 11)]
    for word in (
        "1 to 3",
        "not after the start",
        "“Party” is not a kind",
        "no-such-lab",
        "Hours go to 23",
        "title is missing",
    ):
        assert any(word in error for error in errors), word
    assert not AgendaItem.objects.exists()


@pytest.mark.parametrize("table", ["", "\n\n", "a\n" * 201, "x" * 50_001])
def test_an_empty_or_a_huge_table_is_refused(fiji, table):
    with pytest.raises(AgendaErrors):
        pasted_agenda.add(fiji, table)


def test_a_name_that_several_things_have_means_the_lab(lab):
    names = pasted_agenda.Names(labs={"same": "a"}, lessons={"same": "b/c"}, courses={"same": "d"})
    assert names.find("Same") == ("labs", "a")
    assert names.find("lesson: same") == ("lessons", "b/c")
    assert names.find("course:same") == ("courses", "d")
    assert names.find("Other") is None
