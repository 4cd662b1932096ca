"""A roster as a table: its header, or none, and the people in it. test_roster has their import."""

import pytest

from vaka.workshops.services import roster_file
from vaka.workshops.services.roster_file import RosterErrors


def people(table, fields, **more):
    return [(number, line["name"]) for number, line in table.lines(fields, **more)]


@pytest.mark.parametrize(
    ("text", "lacks_header"),
    [("name,partner\nAna,Ben\n", False), ("Timestamp;Country\n9:13;Samoa\n", False), ("Ana,Samoa\nBen,Tonga\n", True)],
)
def test_a_first_line_without_any_known_header_seems_to_be_a_person(text, lacks_header):
    assert roster_file.read(text.encode()).seems_to_lack_header == lacks_header


def test_the_first_line_is_a_person_if_somebody_says_so():
    table = roster_file.read(b"\nAna,Samoa\n\nBen,Tonga\n")
    fields = ["name", "country"]
    assert people(table, fields) == [(4, "Ben")]
    assert people(table, fields, first_is_person=True) == [(2, "Ana"), (4, "Ben")]


def test_a_file_with_its_header_alone_has_no_names():
    with pytest.raises(RosterErrors, match="no names"):
        roster_file.read(b"name\n").lines(["name"])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_commas_in_quotes_do_not_separate_columns(separator):
    lines = (('"Name, family name first, as in the passport"', "Country"), ('"Tui, Ana"', "Samoa"))
    table = roster_file.read("\n".join(separator.join(cells) for cells in lines).encode())
    assert people(table, ["name", "country"]) == [(2, "Tui, Ana")]
