"""Seats that are alike: what mentions a seat stands in the lab once for each of them."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.definition import solution
from labs.engine.definition.seats import checks_of, seen_from
from labs.engine.proof.solution_lines import units
from labs.typed_yaml.authoring_errors import AuthoringErrors

LAB = """\
id: two-members
title: Two members
summary: Two members meet.
level: beginner
minutes: 20
seats:
  id: "as<<seat_asn>>"
  nodes: ["r<<seat>>"]
  values:
    asn: [64496, 64497]
    net: ["3fff:1::/32", "3fff:2::/32"]
nodes:
  "r<<seat>>":
    kind: frr
    daemons: [bgpd]
    loopback: ["<<seat_net::1/128>>"]
    at: [<<seat>>, 1]
  rs: {kind: bird, learner: false}
  ix: {kind: switch}
links:
  - {a: {interface: "r<<seat>>:eth0", addresses: ["2001:db8::<<seat>>/64"]}, b: {interface: "ix:p<<seat>>"}}
  - {a: {interface: "rs:eth0", addresses: ["2001:db8::f/64"]}, b: {interface: "ix:rs"}}
stages:
  - id: meet
    title: Meet
    checks:
      - id: "session-<<seat>>"
        type: bgp.session
        title: The route server knows you
        on: [rs]
        expect: {peer: "2001:db8::<<seat>>", remote_as: <<seat_asn>>}
        within: 5
      - id: there
        type: node.up
        title: The route server is there
        on: [rs]
        expect: {}
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "two-members"
    for name in ("files/rSEAT/etc", "files/rs/etc/clients", "solution"):
        (made / name).mkdir(parents=True)
    (made / "lab.yaml").write_text(LAB)
    (made / "guide.md").write_text("You are AS <<seat_asn>>.\n\n## Meet {#meet}\n\nOn `r<<seat>>`.\n")
    (made / "files/rSEAT/etc/own").write_text("<<seat_net>>\n")
    (made / "files/rs/etc/clients/SEAT.conf").write_text("neighbor <<seat_asn>>;\n")
    (made / "solution/rSEAT.sh").write_text("# a comment\necho <<seat_net:a::/48>>\n")
    return made


def errors(folder):
    with pytest.raises(AuthoringErrors) as bad:
        load_lab(folder)
    return [f"{error.line}: {error.message}" for error in bad.value.errors]


def test_nodes_links_and_checks_that_mention_a_seat_are_there_for_each(folder):
    lab = load_lab(folder)
    assert list(lab.nodes) == ["r1", "r2", "rs", "ix"]
    assert lab.nodes["r2"].loopback == ("3fff:2::1/128",)
    assert lab.nodes["r2"].at == (2, 1)
    assert [str(link.a) for link in lab.links] == ["r1:eth0", "r2:eth0", "rs:eth0"]
    assert [(check.id, check.seat) for check in lab.checks()] == [
        ("session-1", "as64496"),
        ("session-2", "as64497"),
        ("there", ""),
    ]
    assert lab.stages[0].checks[1].expect["remote_as"] == 64497
    assert [(seat.id, seat.nodes, seat.number) for seat in lab.seats] == [
        ("as64496", ("r1",), 1),
        ("as64497", ("r2",), 2),
    ]


def test_a_file_that_names_the_seat_is_there_for_each_with_its_values(folder):
    lab = load_lab(folder)
    assert {
        node.name: [(file.path, file.content) for file in node.files] for node in lab.nodes.values() if node.files
    } == {
        "r1": [("/etc/own", b"3fff:1::/32\n")],
        "r2": [("/etc/own", b"3fff:2::/32\n")],
        "rs": [("/etc/clients/1.conf", b"neighbor 64496;\n"), ("/etc/clients/2.conf", b"neighbor 64497;\n")],
    }
    assert lab.solution["meet"] == {"r1": ("echo 3fff:1:a::/48",), "r2": ("echo 3fff:2:a::/48",)}
    assert solution.file_of(lab, "r2").name == "rSEAT.sh"


def test_each_seat_reads_its_own_guide_and_sees_its_own_checks(folder):
    seen = seen_from(load_lab(folder), ["r2"])
    assert "You are AS 64497." in seen.guide
    assert [check.id for check in seen.checks()] == ["session-2", "there"]
    assert [name for name, node in seen.nodes.items() if node.learner and node.has_shell] == ["r2"]
    assert seen.points == 2


def test_a_check_counts_for_its_seat_wherever_it_looks_from(folder):
    lab = load_lab(folder)
    assert [check.id for check in checks_of(lab, ["r1"], ["r1"])] == ["session-1", "there"]
    assert (lab.points, lab.points_of_all) == (2, 3)


def test_a_proof_leaves_out_lines_of_the_first_seat_only(folder):
    assert [unit.node for unit in units(load_lab(folder))] == ["r1"]


def test_a_mistake_in_what_is_repeated_is_reported_where_it_was_written(folder):
    text = (folder / "lab.yaml").read_text()
    (folder / "lab.yaml").write_text(text.replace("<<seat_net::1/128>>", "<<seat_name>>"))
    line = text[: text.index("loopback")].count("\n") + 1
    assert any(one.startswith(f"{line}: ") and "seat_name" in one for one in errors(folder))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("asn: [64496, 64497]", "asn: [64496, 64497, 64498]", "once for every seat"),
        ('id: "as<<seat_asn>>"', "id: same", "must mention it"),
        ("minutes: 20", "minutes: 20\nparameters:\n  me: {kind: asn, value: 64500}", "has no parameters"),
    ],
)
def test_a_template_that_does_not_make_seats_is_reported(folder, before, after, message):
    (folder / "lab.yaml").write_text((folder / "lab.yaml").read_text().replace(before, after))
    assert any(message in one for one in errors(folder))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('        do: [{link: "rs:eth0", up: false}]', "rs:eth0"),
        ('        do: [{run: rs, commands: ["true"], restore: ["true"]}]', "disturbs them all"),
        ("        needs: [session-2]", "session-2"),
    ],
)
def test_what_a_seats_check_does_or_needs_touches_no_other_seat(folder, more, message):
    text = (folder / "lab.yaml").read_text()
    (folder / "lab.yaml").write_text(text.replace("        within: 5\n", f"        within: 5\n{more}\n"))
    found = errors(folder)
    assert any(message in one for one in found), found
