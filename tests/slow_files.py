"""The files of tests that take longest, the longest first: they begin first, so that at the end none runs beside nothing.

A new file that takes more than a minute belongs here. The order is that of a run of ``make test``; it need not be exact.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

TESTS = Path(__file__).parent
LONGEST_FIRST = (
    "live/test_bench.py",
    "live/test_try_lab.py",
    "live/test_rehearsal.py",
    "live/test_class.py",
    "live/test_every_check.py",
    "live/test_up.py",
    "live/test_seeds.py",
    "live/test_image.py",
    "live/test_false_daemons.py",
    "live/test_story.py",
    "live/test_trouble.py",
    "live/test_failures.py",
    "live/test_draft_checks.py",
    "live/test_lan.py",
    "live/test_resume.py",
    "live/test_save.py",
    "live/test_prove.py",
    "live/test_watch.py",
    "browser/test_workshop.py",
    "browser/test_lab_page.py",
    "browser/test_lab_page_layout.py",
    "browser/test_mentoring.py",
    "browser/test_pages.py",
    "browser/test_offline_reading.py",
)


class Located(Protocol):
    path: Path


def first_to_last[Item: Located](items: Iterable[Item], longest_first: Sequence[str] = LONGEST_FIRST) -> list[Item]:
    """Return the tests with those of slow files first; the order within a file, and of all other files, stays."""
    place = {TESTS / name: number for number, name in enumerate(longest_first)}
    return sorted(items, key=lambda item: place.get(item.path, len(place)))
