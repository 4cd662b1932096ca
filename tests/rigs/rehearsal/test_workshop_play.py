from types import SimpleNamespace

from rigs.rehearsal.notes import Notes
from rigs.rehearsal.workshop_play import WorkshopPlay


def test_who_misses_points_is_an_error_with_the_lines_that_a_node_has_refused():
    notes = Notes()
    attempt = {"score": 60, "out_of": 100, "verdicts": {"neighbors": "passed", "tree": "failed"}}
    refused = ["r1, ipv6 address 2001:db8::1/128: % Configuration failed."]
    trainee = SimpleNamespace(name="Seat Holder 10", attempt=attempt, refused=refused)
    WorkshopPlay.expect_all_points(SimpleNamespace(notes=notes), [trainee])
    [said] = notes.errors
    assert "not all points: tree." in said
    assert said.endswith("A node refused a line: r1, ipv6 address 2001:db8::1/128: % Configuration failed.")
