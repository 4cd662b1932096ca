"""The search finds the pages of this site, and handles any query."""

import time

import pytest
from django.conf import settings

from courses.loader import clear_cache, library
from labs.engine.authoring.filling import PLACEHOLDER
from labs.registry.versions import all_labs
from vaka.search import site_index


@pytest.mark.parametrize(
    "question",
    [
        "(" * 200,
        "a" * 8_000,  # a longer address is refused
        ".*" * 90,
        "'; DROP TABLE--",
        "::: " * 50,
        "%s{}[]",
        "ﷺ" * 200,
        "́" * 200,
        "a b c d e f g h i j k",
    ],
)
def test_a_hostile_query_is_answered_fast(client, db, waves, question):
    client.get("/search/", {"q": "warm"})
    begun = time.process_time()
    answered = client.get("/search/", {"q": question})
    assert answered.status_code == 200
    assert time.process_time() - begun < 0.5
    assert "<script" not in answered.content.decode().split("<main")[1].split("</main>")[0]


def test_the_text_of_a_lesson_is_what_its_readers_see():
    assert site_index.plain("Use `OSPFv3`, *not* RIP:\n\n- one `disable_ipv6`\n2. [RFC 5340](https://x.example).") == (
        "Use OSPFv3, not RIP: one disable_ipv6 RFC 5340."
    )


def test_no_excerpt_shows_a_placeholder(db):
    pages = site_index.pages(library(settings.COURSE_CONTENT), all_labs())
    assert [page.title for page in pages if PLACEHOLDER.search(page.text)] == []


def test_the_page_finds_lessons_terms_and_labs(client, db, waves):
    def found(question: str) -> str:
        return client.get("/search/", {"q": question}).content.decode()

    assert 'href="/courses/waves/swell/"' in found("horizon")
    assert 'href="/glossary/#slaac"' in found("stateless")
    assert 'href="/labs/ospfv3-one-area/"' in found("ospfv3")
    assert "0 pages found" in found("zzzz")
    assert 'action="/search/"' in client.get("/").content.decode()


def test_after_the_content_was_reloaded_the_search_finds_the_new_words(client, db, waves):
    lesson = waves / "010-swell.md"
    assert "1 page found" in client.get("/search/", {"q": "horizon"}).content.decode()
    lesson.write_text(lesson.read_text().replace("horizon", "skyline"))
    clear_cache()
    assert "0 pages found" in client.get("/search/", {"q": "horizon"}).content.decode()
    assert "1 page found" in client.get("/search/", {"q": "skyline"}).content.decode()
