"""Tests that need an engine are in tests/live, those that need Chromium in tests/browser: tests/run chooses by both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

TESTS = Path(__file__).parent
# The mark that all tests of a folder have, and those that no test elsewhere has
OF_FOLDER = {TESTS / "live": "live", TESTS / "browser": "browser"}


class Marked(Protocol):
    path: Path
    nodeid: str

    def get_closest_marker(self, name: str) -> object: ...


def in_no_part(item: Marked) -> Iterator[str]:
    """Say why no part of `make test` would run a test."""
    folders = [folder for folder in OF_FOLDER if folder in item.path.parents]
    for folder in folders:
        if not item.get_closest_marker(OF_FOLDER[folder]):
            yield f"{item.nodeid} is in tests/{folder.name} and needs the mark {OF_FOLDER[folder]!r}."
    for folder, mark in OF_FOLDER.items():
        if not folders and item.get_closest_marker(mark):
            yield f"{item.nodeid} has the mark {mark!r}: its place is tests/{folder.name}."
