"""Parameters: one seed gives the same values everywhere in a lab, and an author reads what is wrong."""

import pytest

from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.filling import Filling, Unfilled, write_out
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.parameters import PARAMETERS, resolve
from labs.engine.definition.solution import typed
from labs.typed_yaml.authoring_errors import AuthoringErrors
from labs.typed_yaml.shapes import Problems
from labs.typed_yaml.yaml_file import mark

BLOCK = """\
parameters:
  me: {kind: asn, value: 64500}
  far: {kind: asn, value: 4200000007, from: private}
  own: {kind: prefix, value: "2001:db8:500::/48"}
  lan: {kind: prefix, value: "2001:db8:1::/64"}
  net: {kind: prefix, value: 192.0.2.16/28}
  id: {kind: router_id, value: 192.0.2.1}
  cost: {kind: number, value: 5, least: 2, most: 9}
  liar:
    kind: choice
    value: north
    of:
      north: {address: "<<own:1::1>>", other: south}
      south: {address: "<<own:2::1>>", other: north}
"""


@pytest.fixture
def own_numbers(lab_folder):
    """The small lab with parameters: the prefix of its first link, and a few that only its texts name."""
    text = (lab_folder / "lab.yaml").read_text()
    for end in ("1/64", "2/64", "1"):
        text = text.replace(f'"2001:db8:1::{end}"', f'"<<lan::{end}>>"')
    (lab_folder / "lab.yaml").write_text(text.replace("nodes:", BLOCK + "nodes:", 1))
    (lab_folder / "guide.md").write_text(
        "You are AS <<me>>.\n\n## First {#first}\n\n`ping <<lan::1>>`, <<liar.address>>.\n"
    )
    (lab_folder / "solution/r1.sh").write_text("ip addr add 2001:db8:ff::1/128 dev lo\necho <<id>> <<cost>> ${HOME}\n")
    (lab_folder / "files/r1/etc/motd").write_text("AS <<me>>, not AS <<far>>; <<liar>> lies. cat <<EOF >>x <<<word\n")
    (lab_folder / "files/r1/etc/blob").write_bytes(b"\xff<<me>>")
    return lab_folder


def values(seed, block=BLOCK):
    problems = Problems()
    read = PARAMETERS.read(mark(block).value["parameters"], (), problems)
    assert problems.found == []
    return resolve(read, seed, problems)


def fill(what, seed=0):
    return Filling(values(seed)).value(what)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("me", "64500"),
        ("me+1", "64501"),
        ("own", "2001:db8:500::/48"),
        ("own:1::10", "2001:db8:500:1::10"),
        ("own::1", "2001:db8:500::1"),
        ("own:1::10/64", "2001:db8:500:1::10/64"),
        ("own:2::/64", "2001:db8:500:2::/64"),
        ("own+5", "2001:db8:500::5"),
        ("own/44", "2001:db8:500::/44"),
        ("lan::1", "2001:db8:1::1"),
        ("net+7/28", "192.0.2.23/28"),
        ("id", "192.0.2.1"),
        ("id+1", "192.0.2.2"),
        ("liar", "north"),
        ("liar.address", "2001:db8:500:1::1"),
    ],
)
def test_a_placeholder_can_count_from_a_parameter(what, value):
    assert fill(what) == value


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("ovn", 'There is no parameter "ovn": did you mean "own"?'),
        ("own:1:2:3:4:5:6", "This is not an address in 2001:db8:500::/48"),
        ("own:1::10/200", "This is not an address in 2001:db8:500::/48"),
        ("own-1", '"-1" is not possible after a prefix'),
        ("net+16", "The address is outside 192.0.2.16/28."),
        ("net:1", "Count the addresses of an IPv4 prefix with +"),
        ("me/2", 'After me only + or - and a number is possible, not "/2".'),
        ("me.word", 'me is not a choice, so it has no field "word".'),
        ("liar.adress", 'liar has no field "adress": did you mean "address"?'),
        ("liar+1", "liar is a choice. Only a dot and the name of a field can follow it."),
    ],
)
def test_an_author_reads_why_a_placeholder_has_no_value(what, why):
    with pytest.raises(Unfilled) as wrong:
        fill(what)
    assert str(wrong.value).startswith(why)


def test_the_same_seed_gives_the_same_values_on_every_computer():
    """If this fails, an appeal shows another lab than the learner had: the way values are drawn must never change."""
    told = {name: str(value) for name, value in values(20261124).items()}
    assert told == DRAWN


DRAWN = {
    "me": "65549",
    "far": "4212301429",
    "own": "2001:db8:227d::/48",
    "lan": "2001:db8:184d:ecc9::/64",
    "net": "192.0.2.32/28",
    "id": "192.0.2.159",
    "cost": "5",
    "liar": "south",
}


def test_drawn_values_have_the_form_of_the_authors_value_and_do_not_conflict():
    crowded = (
        "parameters:\n"
        + "".join(f"  a{n}: {{kind: asn, value: {64496 + n}, from: documentation-16}}\n" for n in range(16))
        + "".join(f'  n{n}: {{kind: prefix, value: "198.51.100.{16 * n}/28"}}\n' for n in range(16))
    )
    for seed in range(1, 20):
        drawn = values(seed, crowded)
        assert {int(drawn[f"a{n}"]) for n in range(16)} == set(range(64496, 64512))
        assert len({str(drawn[f"n{n}"]) for n in range(16)}) == 16
        assert all(drawn[f"n{n}"].prefixlen == 28 for n in range(16))
        one = values(seed)
        assert str(one["own"]).startswith("2001:db8:")
        assert one["own"].prefixlen == 48
        assert not one["own"].overlaps(one["lan"])
        assert 2 <= one["cost"] <= 9


def test_every_part_of_the_lab_has_the_same_values(own_numbers):
    lab, again, plain = load_lab(own_numbers, 7), load_lab(own_numbers, 7), load_lab(own_numbers)
    assert lab == again
    assert lab.version == plain.version
    assert (lab.seed, plain.seed) == (7, 0)
    lan, me = lab.parameters["lan"], lab.parameters["me"]
    assert lab.links[0].label == str(lan) != plain.links[0].label
    assert plain.links[0].label == "2001:db8:1::/64"
    ping = next(check for check in lab.checks() if check.id == "reach")
    assert ping.expect["to"] == str(lan[1])
    assert f"AS {me}." in lab.guide
    assert str(lan[1]) in lab.guide
    assert "<<" not in lab.guide
    assert typed(lab)["r1"][1] == f"echo {lab.parameters['id']} {lab.parameters['cost']} ${{HOME}}"
    files = {file.path: file.content for file in lab.nodes["r1"].files}
    assert files["/etc/blob"] == b"\xff<<me>>"
    lab_of_liar = f"AS {me}, not AS {lab.parameters['far']}; {lab.parameters['liar']} lies. cat <<EOF >>x <<<word\n"
    assert files["/etc/motd"].decode() == lab_of_liar


def test_the_lab_of_a_seed_can_be_written_out_and_read_again(own_numbers, tmp_path):
    lab = load_lab(own_numbers, 7)
    write_out(lab, tmp_path / "two-routers-7")
    again = load_lab(tmp_path / "two-routers-7")
    assert (again.nodes, again.links, again.stages, again.guide) == (lab.nodes, lab.links, lab.stages, lab.guide)


def test_all_mistakes_with_parameters_are_reported_at_once_with_file_and_line(own_numbers):
    text = (own_numbers / "lab.yaml").read_text().replace("title: h1 reaches r1", "title: h1 reaches <<r9>>")
    text = text.replace("other: south}", 'other: "<<liar>>"}')
    (own_numbers / "lab.yaml").write_text(text)
    (own_numbers / "guide.md").write_text("## First {#first}\n\n<<mee>>\n")
    (own_numbers / "files/r1/etc/motd").write_text("\n<<own:::>>\n")
    (own_numbers / "solution/r1.sh").write_text("ip <<none>>\n")
    with pytest.raises(AuthoringErrors) as bad:
        load_lab(own_numbers)
    told = {str(error).removeprefix(f"{own_numbers}/") for error in bad.value.errors}
    assert told == {
        "files/r1/etc/motd:2: <<own:::>>: This is not an address in 2001:db8:500::/48: "
        "At most one '::' permitted in '2001:0db8:0500:::'.",
        'guide.md:3: <<mee>>: There is no parameter "mee": did you mean "me"?',
        'lab.yaml:18: <<liar>>: There is no parameter "liar": use one of me, far, own, lan, net, id, cost.',
        'lab.yaml:50: <<r9>>: There is no parameter "r9": use one of me, far, own, lan, net, id, cost, liar.',
        'solution/r1.sh:1: <<none>>: There is no parameter "none": use one of me, far, own, lan, net, id, cost, liar.',
    }


def test_a_lab_that_is_right_only_with_the_authors_values_is_reported(own_numbers):
    text = (own_numbers / "lab.yaml").read_text()
    (own_numbers / "lab.yaml").write_text(text.replace("points: 5", "points: <<cost>>", 1))
    labs, errors = check_folder(own_numbers.parent, seeds=(1, 2, 3))
    assert list(labs) == ["two-routers"]
    assert errors
    assert "must be the same for every learner" in errors[0].message
