"""Finds the name of a site that other people can type."""

import pytest

from vaka import host_names


@pytest.mark.parametrize(
    ("hosts", "named"),
    [
        (["*", ".room.example", "learn.example"], "learn.example"),
        (["localhost", "127.0.0.1", "[::1]", "me.localhost", "learn.example"], "learn.example"),
        (["[2001:db8::7]", "learn.example"], "[2001:db8::7]"),
        (["localhost", "*"], ""),
        ([], ""),
    ],
)
def test_a_name_that_leads_everybody_to_their_own_computer_is_not_shown(hosts, named):
    assert host_names.shown(hosts) == named
