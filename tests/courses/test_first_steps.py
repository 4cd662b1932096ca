"""The lessons of this repository: their quizzes, their glossary terms and their figures."""

import re
import xml.etree.ElementTree as ET
from itertools import chain, groupby
from pathlib import Path

import pytest
from django.conf import settings as site

from courses.glossary import Term
from courses.loader import read
from courses.quiz import Choice, Command

CONTENT = Path(site.COURSE_CONTENT)
LIBRARY = read(CONTENT)
LESSONS = [lesson for course in LIBRARY.courses.values() for lesson in course.lessons()]
QUIZZES = [lesson.quiz for lesson in LESSONS if lesson.quiz]
CHOICES = [question for quiz in QUIZZES for question in quiz.questions if isinstance(question, Choice)]
FIGURES = sorted(CONTENT.rglob("*.svg"))
STYLES = (Path(__file__).parents[2] / "platform/vaka/web/static/web/vaka.css").read_text()

PHONE = 328  # pixels: the width of a figure on a page of 360
SMALLEST = 14  # pixels: text that people can read there

NOT_PROSE = re.compile(r"^```.*?^```|`[^`]*`|^#.*?$|^:::.*?$|\[[^\[\]]*\]\{command\}|\]\([^)]*\)", re.M | re.S)
MARKED = re.compile(r"\[([^\[\]]+)\]\{term(?:=([^{}\s]+))?\}")
ACRONYM = re.compile(r"[A-Z]{2,4}")


def test_the_length_of_an_option_does_not_betray_that_it_is_right():
    one = [question for question in CHOICES if not question.many]
    by_chance = sum(1 / len(question.options) for question in one)
    sizes = [(question.id, *lengths(question)) for question in one]
    longest = [question for question, right, wrong in sizes if max(right) > max(wrong)]
    shortest = [question for question, right, wrong in sizes if min(right) < min(wrong)]
    assert len(one) > 15
    assert len(longest) <= by_chance, longest
    assert len(shortest) <= by_chance, shortest


@pytest.mark.parametrize("question", [one for one in CHOICES if not one.many], ids=lambda question: question.id)
def test_the_right_option_is_never_the_longest_by_far(question):
    right, wrong = lengths(question)
    assert max(right) <= 1.2 * max(wrong) + 3, question.solution


def test_right_options_among_several_are_not_longer_than_wrong_ones():
    several = [lengths(question) for question in CHOICES if question.many]
    right, wrong = (list(chain.from_iterable(side)) for side in zip(*several, strict=True))
    assert sum(right) / len(right) <= 1.1 * sum(wrong) / len(wrong)


@pytest.mark.parametrize("course", LIBRARY.courses.values(), ids=lambda course: course.id)
def test_lessons_that_do_a_lab_part_by_part_follow_one_another(course):
    """A lesson that only mentions a lab does not name it in its front matter, or the lab would lead back to it."""
    named = [lesson.lab for lesson in course.lessons() if lesson.lab]
    assert [lab for lab, _lessons in groupby(named)] == list(course.labs)


def lengths(question: Choice) -> tuple[list[int], list[int]]:
    sizes = [(option.right, len(option.text)) for option in question.options]
    return [size for right, size in sizes if right], [size for right, size in sizes if not right]


@pytest.mark.parametrize(
    ("lesson", "question", "typed"),
    [
        ("first-ebgp", "summary", "sh bgp ipv6 sum"),
        ("first-ebgp", "summary", "sho bgp ipv6 uni summ"),
        ("first-ebgp", "summary", "show bgp summary"),
        ("ospfv3-in-one-area", "look", "sh ipv6 ospf6 nei"),
        ("rpki", "table", "sh rpki prefix-t"),
        ("forwarding", "ask", "ip -6 ro get 2001:DB8::1"),
        ("ipv6-addresses", "show", "ip -6 a"),
        ("ospfv3-database", "show", "sh ipv6 ospf6 data"),
        ("is-is", "show", "sh isis data"),
    ],
)
def test_what_a_router_or_linux_accepts_as_a_short_form_is_a_right_answer(lesson, question, typed):
    assert command(lesson, question).is_right([typed])


def test_what_frr_calls_ambiguous_is_not_a_right_answer():
    assert not command("rpki", "table").is_right(["show rpki prefix"])
    assert not command("first-ebgp", "summary").is_right(["sh bgp s"])


def command(lesson: str, question: str) -> Command:
    [quiz] = [one.quiz for one in LESSONS if one.id == lesson]
    found = quiz.question(question)
    assert isinstance(found, Command)
    return found


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_lesson_links_each_glossary_term_at_its_first_use(lesson):
    assert unlinked(lesson.text) == []


def test_the_search_for_unlinked_terms_finds_one():
    assert unlinked("A host is here. [host]{term}") == ["host"]
    assert unlinked("A [host]{term} is here. A host, `router`, [router]{command}.") == []
    assert unlinked("All hosts speak.") == ["host"]
    assert unlinked("A [route map]{term} is here.") == []


def unlinked(text: str) -> list[str]:
    """Return the terms that the prose of a lesson uses before it links them, or without a link."""
    prose = NOT_PROSE.sub(lambda found: " " * len(found[0]), text)
    linked: dict[str, int] = {}
    for found in MARKED.finditer(prose):
        term = LIBRARY.glossary.find(found[2] or found[1])
        if term:
            linked.setdefault(term.id, found.start())
    plain = MARKED.sub(lambda found: "\0" * len(found[0]), prose)
    late = []
    for spelling, term in sorted(spellings(), key=lambda pair: -len(pair[0])):
        pattern = spelled(spelling)
        first = pattern.search(plain)
        if first and first.start() < linked.get(term.id, len(text)):
            late.append(term.id)
        plain = pattern.sub(lambda found: "\0" * len(found[0]), plain)
    return sorted(set(late))


def spellings() -> list[tuple[str, Term]]:
    return [(name, term) for term in LIBRARY.glossary.terms.values() for name in (term.term, *term.also)]


def spelled(name: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, name.split()))
    flags = re.NOFLAG if ACRONYM.fullmatch(name) else re.IGNORECASE
    return re.compile(rf"(?<![\w-]){words}(?:e?s)?(?![\w-])", flags)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.stem)
def test_the_text_of_a_figure_can_be_read_on_a_phone(figure):
    width = float(ET.parse(figure).getroot().attrib["viewBox"].split()[2])
    assert smallest_text() * PHONE / width >= SMALLEST


def test_a_figure_is_not_wider_than_the_page_of_a_phone():
    assert not re.search(r"figure\.fig[^{}]*svg[^{}]*\{[^{}]*min-inline-size", STYLES)


def smallest_text() -> float:
    """Return the smallest font size of figures, in units of their drawing."""
    [rule] = re.findall(r"figure\.fig \.d text[^{}]*\{[^{}]*font-size: ([0-9.]+)px", STYLES)
    return float(rule)
