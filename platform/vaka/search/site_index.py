"""The index of this site, for the search: its lessons, labs and glossary terms."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.html import strip_tags

from courses import number_places
from courses.content import Lesson, Library
from courses.loader import library
from courses.own_numbers import numbers_for, value
from labs.engine.authoring.filling import PLACEHOLDER
from labs.engine.definition.spec import Lab
from labs.registry.versions import all_labs
from vaka.search.full_text_index import Index, Page
from vaka.web.markdown import MARKED

HEADING = re.compile(r"^#{2,4}\s+(.*?)(?:\s*\{#[^}]*\})?\s*$", re.M)
BLOCKS = re.compile(r"^:::\s*\w*|^```\w*|^#{1,6}\s|^\s*(?:[-*]|\d+\.)\s|\{#[^}]*\}", re.M)
INLINE = re.compile(r"(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)")
OUTPUT = re.compile(r"^```output +(?P<lab>\S+).*?^```", re.M | re.S)
LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")


def index() -> Index:
    """Return the index in the current language. The first call builds it, also the first one after a reload of the content."""
    return _index(library(settings.COURSE_CONTENT), Path(settings.LAB_CATALOG))


@lru_cache(maxsize=8)
def _index(content: Library, labs: Path) -> Index:
    return Index(pages(content, all_labs()))


def pages(content: Library, labs: list[Lab]) -> Iterator[Page]:
    for course in content.courses.values():
        for lesson in course.lessons():
            yield Page(
                kind="lesson",
                title=lesson.title,
                address=reverse("courses:lesson", args=[course.id, lesson.id]),
                headings=" ".join([lesson.summary, *HEADING.findall(lesson.text)]),
                text=plain(with_numbers(lesson)),
                lab=lesson.lab,
            )
    for lab in labs:
        yield Page(
            kind="lab",
            title=lab.title,
            address=reverse("labs:lab", args=[lab.id]),
            headings=" ".join([lab.summary, *HEADING.findall(lab.guide)]),
            text=plain(lab.guide),
            lab=lab.id,
        )
    for term in content.glossary.terms.values():
        yield Page(
            kind="term",
            title=term.term,
            address=reverse("courses:glossary") + f"#{term.id}",
            headings=" ".join(term.also),
            text=f"{term.short} {strip_tags(term.more)} {' '.join(term.rfc)}".strip(),
        )


def plain(markdown: str) -> str:
    """Return the words of a Markdown text without its markup, in one line."""
    text = LINK.sub(r"\1", MARKED.sub(r"\1", markdown))
    return " ".join(INLINE.sub("", BLOCKS.sub(" ", text)).split())


def with_numbers(lesson: Lesson) -> str:
    """Return the lesson's text with the numbers that a visitor sees in place of the placeholders."""
    labs = numbers_for(AnonymousUser(), lesson).labs

    def filled(text: str, own_lab: str) -> str:
        def shown(found: re.Match[str]) -> str:
            number = number_places.number(found["what"], own_lab)
            return value(number, labs.get(number.lab))

        return PLACEHOLDER.sub(shown, text)

    # What is typed in a lab has the numbers of that lab, which need not be the lesson's own
    text = OUTPUT.sub(lambda block: filled(block[0], block["lab"]), lesson.text)
    return filled(text, lesson.lab)
