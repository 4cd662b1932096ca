"""Certificates of attendance on paper: their words."""

import pytest

from vaka.credentials.attendance_pdf import hours_in_words


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "1 hour"), (1.4, "1.4 hours"), (0.5, "0.5 hours"), (6, "6 hours"), (0.96, "1 hour")]
)
def test_hours_are_written_as_people_say_them(hours, words):
    assert hours_in_words(hours) == words
