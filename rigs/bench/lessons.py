"""Measures the lesson pages of all courses: their queries, the time to render one, and the bytes of a first visit."""

import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.loader import catalogue
from rigs.bench import learner
from rigs.bench.bench_site import BenchSite
from rigs.bench.figures import percentile
from rigs.bench.first_visit import KILOBYTE, first_visit
from vaka.ops.errors import CannotStart

VISITS = 60  # at least, all lessons in turn


def lessons(site: BenchSite) -> dict[str, float]:
    """Read every lesson as a learner who is enrolled in its course."""
    paths, client = list(_paths()), learner.in_process()
    queries = {path: _queries(client, path) for path in paths}  # the first request also reads the content's files
    turns = -(-VISITS // len(paths))
    took = [_seconds(client, path) * 1000 for _ in range(turns) for path in paths]
    with learner.site_client() as over_http:
        weights = {path: sum(first_visit(over_http.http, path).values()) / KILOBYTE for path in paths}
    found = {
        "lesson_queries": max(queries.values()),
        "lesson_p95_ms": percentile(took, 0.95),
        "lesson_first_visit_kb": max(weights.values()),
    }
    slowest, heaviest = percentile(took, 1), max(weights, key=lambda path: weights[path])
    site.tell(
        f"{len(paths)} lesson pages, {len(took)} visits, the slowest {slowest:.1f} ms; the heaviest is {heaviest}"
    )
    return found


def _paths() -> Iterator[str]:
    for course in catalogue(settings.COURSE_CONTENT).values():
        learner.takes(course)
        for lesson in course.lessons():
            yield reverse("courses:lesson", args=(course.id, lesson.id))


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        _seconds(client, path)
    return len(asked)


def _seconds(client: Client, path: str) -> float:
    began = time.perf_counter()
    status = client.get(path).status_code
    seconds = time.perf_counter() - began
    if status != 200:
        raise CannotStart(f"{path} was answered with status {status}.")
    return seconds
