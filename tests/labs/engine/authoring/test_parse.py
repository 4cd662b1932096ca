"""An author gets a lab for a lab folder, or every mistake with file, line and what to do."""

from pathlib import Path

import pytest

from labs.engine.authoring import schema
from labs.engine.authoring.catalog import Catalog, check_folder
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Kind
from labs.engine.runtime import flavours
from labs.typed_yaml import yaml_file
from labs.typed_yaml.authoring_errors import AuthoringErrors

GOLDEN = Path(__file__).with_name("golden_errors.txt")
CATALOG = Path(schema.__file__).parents[2] / "catalog"


def replaced(old, new):
    def spoil(folder):
        text = (folder / "lab.yaml").read_text()
        assert old in text
        (folder / "lab.yaml").write_text(text.replace(old, new, 1))

    return spoil


def written(name, text):
    def spoil(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return spoil


def removed(name):
    return lambda folder: (folder / name).unlink()


CHECK = 'expect: {interface: lo, addresses: ["2001:db8:ff::1/128"]}'
FLOW = "{to: r1, address: 2001:db8:1::1, protocol: tcp, port: 22"
SPOILT = {
    "no lab.yaml": removed("lab.yaml"),
    "not YAML": written("lab.yaml", "id: [\n"),
    "not a mapping": written("lab.yaml", "- a\n- b\n"),
    "empty": written("lab.yaml", ""),
    "unknown key": replaced("minutes: 20", "minuts: 20\nminutes: 20"),
    "unknown key deep": replaced("daemons: [ospf6d]", "deamons: [ospf6d]"),
    "key twice": replaced("minutes: 20", "minutes: 20\nminutes: 30"),
    "an alias": replaced("daemons: [ospf6d]", "daemons: &d [ospf6d]"),
    "missing key": replaced("minutes: 20\n", ""),
    "missing key deep": replaced("        title: h1 reaches r1\n", ""),
    "wrong type": replaced("minutes: 20", "minutes: an hour"),
    "wrong type of list": replaced("on: [r1]", "on: r1"),
    "wrong level": replaced("level: beginner", "level: begginer"),
    "seat without a node": replaced("minutes: 20", "minutes: 20\nseats: [{id: left}]"),
    "resumed without a reason": replaced("minutes: 20", "minutes: 20\nresumed: {points: 5}"),
    "resumed with all points": replaced("minutes: 20", "minutes: 20\nresumed: {points: 10, reason: Nothing is lost.}"),
    "resumed with seats": replaced(
        "minutes: 20",
        "minutes: 20\nseats: [{id: left, nodes: [r1]}, {id: right, nodes: [r2]}]\nresumed: {points: 5, reason: It is late.}",
    ),
    "seats of wrong nodes": replaced(
        "minutes: 20", "minutes: 20\nseats:\n- {id: left, nodes: [r1, h1]}\n- {id: left, nodes: [r1, sw, r9]}"
    ),
    "bad lab id": replaced("id: two-routers", "id: Two Routers"),
    "bad node name": replaced("  sw:\n", "  Sw_1:\n"),
    "unknown kind": replaced("kind: host", "kind: hots"),
    "unknown daemon": replaced("[ospf6d]", "[ospf6]"),
    "daemon that always runs": replaced("[ospf6d]", "[zebra]"),
    "daemons on a host": replaced("kind: host", "kind: host\n    daemons: [bgpd]"),
    "start on a switch": replaced("kind: switch", "kind: switch\n    start: [ip link]"),
    "addresses on a switch": replaced('"sw:p1"}', '"sw:p1", addresses: ["2001:db8:2::9/64"]}'),
    "link to no node": replaced('"r2:eth0"', '"r3:eth0"'),
    "link without interface": replaced('"r2:eth0"', '"r2"'),
    "bad interface name": replaced('"r2:eth0"', '"r2:Eth_0_is_far_too_long"'),
    "cable in lo": replaced('"r2:eth0"', '"r2:lo"'),
    "interface with a word of ip": replaced('"r2:eth0"', '"r2:up"'),
    "interface with an abbreviated word of ip": replaced('"r2:eth0"', '"r2:m"'),
    "interface with a word of vtysh": replaced('"r2:eth0"', '"r2:brief"'),
    "interface with a word of sysctl": replaced('"r2:eth0"', '"r2:all"'),
    "interface with a word of tcpdump": replaced('"r2:eth0"', '"r2:any"'),
    "interface that the kernel makes": replaced('"r2:eth0"', '"r2:sit0"'),
    "interface with the name of a switch's bridge": replaced('"sw:p1"', '"sw:br0"'),
    "interface used twice": replaced('"r2:eth1"', '"r2:eth0"'),
    "no address": replaced("2001:db8:1::1/64", "2001:db8:1::1"),
    "duplicate address": replaced("2001:db8:1::2/64", "2001:db8:1::1/64"),
    "off the link": replaced("2001:db8:1::2/64", "2001:db8:3::2/64"),
    "off the link behind a switch": replaced("2001:db8:2::10/64", "2001:db8:7::10/64"),
    "other length": replaced("2001:db8:1::2/64", "2001:db8:1::2/48"),
    "two links with one prefix": lambda folder: [
        replaced("2001:db8:2::2/64", "2001:db8:1::5/64")(folder),
        replaced("2001:db8:2::10/64", "2001:db8:1::6/64")(folder),
    ],
    "loopback inside a link": replaced("daemons: [ospf6d]", 'loopback: ["2001:db8:2::99/128"]'),
    "bad sysctl": replaced("daemons: [ospf6d]", "sysctls: {kernel.panic: 1}"),
    "unknown check type": replaced("type: ping", "type: pong"),
    "check on no node": replaced("on: [h1]", "on: [h2]"),
    "check on a switch": replaced("on: [h1]", "on: [sw]"),
    "check on the wrong kind": replaced("type: ping", "type: bgp.session"),
    "needs no check": replaced("needs: [loopback]", "needs: [loopbak]"),
    "needs in a circle": replaced("points: 5\n      - id", "points: 5\n        needs: [reach]\n      - id"),
    "duplicate check id": replaced("id: reach", "id: loopback"),
    "points 0": replaced("points: 5", "points: 0"),
    "negative within": replaced("points: 5", "within: -1"),
    "unknown expect key": replaced(CHECK, 'expect: {interfaces: lo, addresses: ["2001:db8:ff::1/128"]}'),
    "bad expect value": replaced(CHECK, "expect: {interface: lo, addresses: [here]}"),
    "bad comparison": replaced('{to: "2001:db8:1::1"}', '{to: "2001:db8:1::1", received: {atleast: 2}}'),
    "failover without do": replaced("type: ping", "type: path.failover"),
    "do on no link": replaced("needs: [loopback]", 'do: [{link: "r1:eth9", up: false}]'),
    "do what": replaced("needs: [loopback]", 'do: [{link: "r1:eth0"}]'),
    "do to two things": replaced(
        "needs: [loopback]", 'do: [{link: "r1:eth0", up: false, roas: "h1:/etc/vrps.json", prefix: "2001:db8::/32"}]'
    ),
    "do to nothing": replaced("needs: [loopback]", "do: [{up: false}]"),
    "roa of nothing": replaced("needs: [loopback]", 'do: [{roas: "h1:/etc/vrps.json", origin_as: 64500}]'),
    "roa on a learner's node": replaced(
        "needs: [loopback]", 'do: [{roas: "r1:/etc/vrps.json", prefix: "2001:db8::/32", origin_as: 64500}]'
    ),
    "run on a learner's node": replaced("needs: [loopback]", 'do: [{run: r1, commands: ["true"], restore: ["true"]}]'),
    "run without restore": replaced("needs: [loopback]", 'do: [{run: h1, commands: ["true"]}]'),
    "run and a link": replaced(
        "needs: [loopback]", 'do: [{run: h1, commands: ["true"], restore: ["true"], link: "r1:eth0", up: false}]'
    ),
    "run on a switch": replaced("needs: [loopback]", 'do: [{run: sw, commands: ["true"], restore: ["true"]}]'),
    "do too slow": replaced("needs: [loopback]", 'do: [{link: "r1:eth0", rate: 2, loss: 101}]'),
    "do delay anywhere": replaced("needs: [loopback]", 'do: [{link: "r1:eth0", delay: 20}]'),
    "needs what disturbs": replaced("points: 5\n      - id", 'do: [{link: "r1:eth0", up: false}]\n      - id'),
    "file in no node's folder": written("files/motd", "hello"),
    "files of no node": written("files/r9/etc/motd", "hello"),
    "files of a switch": written("files/sw/etc/motd", "hello"),
    "file in /proc": written("files/r1/proc/sys/net/x", "1"),
    "symbolic link": lambda folder: (folder / "files/r1/etc/passwd").symlink_to("/etc/passwd"),
    "no guide": removed("guide.md"),
    "guide is not UTF-8": lambda folder: (folder / "guide.md").write_bytes(b"\xff\xfe"),
    "guide lacks a stage": written("guide.md", "## Something {#second}\n\nDo it.\n"),
    "guide says a stage twice": written("guide.md", "## A {#first}\n\nDo.\n\n## B {#first}\n\nDo.\n"),
    "guide with an empty section": written("guide.md", "## A {#first}\n"),
    "no solution": removed("solution/r1.sh"),
    "solution of no node": written("solution/r5.sh", "true"),
    "solution where none may type": written("solution/h1.sh", "true"),
    "solution of comments": written("solution/r1.sh", "# nothing\n"),
    "solution of another kind": written("solution/r1.py", "pass"),
}
SPOILT["flow to no node"] = replaced(
    f"addr.present\n        title: r1 has a loopback\n        on: [r1]\n        {CHECK}",
    f"flow.allow\n        title: x\n        on: [r1]\n        expect: {FLOW.replace('r1', 'r7')}}}",
)
SPOILT["control is the flow"] = replaced(
    f"addr.present\n        title: r1 has a loopback\n        on: [r1]\n        {CHECK}",
    f"flow.block\n        title: x\n        on: [h1]\n        expect: {FLOW}, control: {{port: 22}}}}",
)


def golden():
    text = GOLDEN.read_text() if GOLDEN.exists() else ""
    cases = (part.split("\n", 1) for part in ("\n" + text).split("\n## ")[1:])
    return {name: body.strip().splitlines() for name, body in cases}


def errors_of(folder):
    with pytest.raises(AuthoringErrors) as caught:
        load_lab(folder)
    return [str(error).removeprefix(f"{folder}/") for error in caught.value.errors]


@pytest.mark.parametrize("case", SPOILT)
def test_an_author_reads_what_is_wrong_and_what_to_do(case, lab_folder):
    SPOILT[case](lab_folder)
    assert errors_of(lab_folder) == golden()[case]


def test_a_lab_names_the_flavour_of_its_image(lab_folder):
    replaced("minutes: 20", "minutes: 20\nimage: dns")(lab_folder)
    assert load_lab(lab_folder).image == "dns"


def test_an_unknown_flavour_is_refused_with_its_line_and_those_that_exist(lab_folder):
    replaced("minutes: 20", "minutes: 20\nimage: dsn")(lab_folder)
    with pytest.raises(AuthoringErrors) as refused:
        load_lab(lab_folder)
    (error,) = refused.value.errors
    assert (error.file, error.line) == (str(lab_folder / "lab.yaml"), 6)
    assert 'There is no image flavour "dsn". There are: ' in error.message
    for name, flavour in flavours.known().items():
        assert f"{name} ({', '.join(flavour.packages)})" in error.message


def test_every_golden_message_has_its_case():
    assert set(golden()) == set(SPOILT)


def test_all_mistakes_are_reported_at_once(lab_folder):
    for case in ("unknown key", "unknown daemon", "duplicate address", "points 0", "unknown check type", "no solution"):
        SPOILT[case](lab_folder)
    expected = {line for case in ("unknown daemon", "no solution") for line in golden()[case]}
    found = errors_of(lab_folder)
    assert len(found) == 6
    assert {line.split(": ", 1)[1] for line in expected} <= {line.split(": ", 1)[1] for line in found}


def test_a_good_folder_is_a_lab(lab_folder):
    lab = load_lab(lab_folder)
    assert (lab.id, lab.minutes, lab.points) == ("two-routers", 20, 10)
    assert lab.nodes["sw"].kind is Kind.SWITCH
    assert not lab.nodes["h1"].learner
    assert str(lab.links[0].b) == "r2:eth0"
    assert lab.links[0].label == "2001:db8:1::/64"
    [file] = lab.nodes["r1"].files
    assert (file.path, file.content, file.executable) == ("/etc/motd", b"Welcome.\n", False)
    assert [check.line for check in lab.checks()] == [28, 34]
    assert typed(lab) == {"r1": ("ip addr add 2001:db8:ff::1/128 dev lo",)}


def test_commands_on_a_node_of_the_instructor_are_a_stimulus(lab_folder):
    replaced("needs: [loopback]", 'do: [{run: h1, commands: ["true"], restore: ["rm -f /x"]}]')(lab_folder)
    [check] = [check for check in load_lab(lab_folder).checks() if check.do]
    assert check.do == ({"run": "h1", "commands": ("true",), "restore": ("rm -f /x",)},)


def test_a_vrf_is_asked_of_frr_and_of_the_kernel_and_not_of_bird(lab_folder):
    replaced("    daemons: [ospf6d]\n", "")(lab_folder)
    replaced("kind: frr", "kind: bird")(lab_folder)
    replaced(CHECK, "expect: {peer: '2001:db8::1', vrf: RED}")(lab_folder)
    replaced("type: addr.present", "type: bgp.session")(lab_folder)
    assert [line for line in errors_of(lab_folder) if "VRF" in line] == [
        "lab.yaml:31: r1 runs BIRD, which cannot be asked about a VRF. Leave vrf out."
    ]
    replaced("type: bgp.session", "type: fib.default")(lab_folder)
    replaced("peer: '2001:db8::1', ", "")(lab_folder)
    assert next(load_lab(lab_folder).checks()).type == "fib.default"


def test_words_that_yaml_1_1_reads_as_booleans_and_times_stay_texts(tmp_path):
    (tmp_path / "x.yaml").write_text("on: [no, yes, off]\ntime: 12:30\nport: 22\nratio: 0.5\nquoted: '1'\n")
    value = yaml_file.read_yaml(tmp_path / "x.yaml").value
    assert value == {"on": ["no", "yes", "off"], "time": "12:30", "port": 22, "ratio": 0.5, "quoted": "1"}


def test_a_deeply_nested_file_is_refused(lab_folder):
    (lab_folder / "lab.yaml").write_text("[" * 5000)
    assert errors_of(lab_folder)


def test_the_catalog_reads_our_labs():
    catalog = Catalog(CATALOG)
    lab = catalog.get("ospfv3-one-area")
    assert lab.points == 100
    assert list(typed(lab)) == ["r1", "r2", "r3"]
    with pytest.raises(KeyError):
        catalog.get("no-such-lab")


def test_two_labs_cannot_share_an_id(lab_folder):
    import shutil

    shutil.copytree(lab_folder, lab_folder.with_name("copy"))
    labs, errors = check_folder(lab_folder.parent)
    assert list(labs) == ["two-routers"]
    assert 'has the id "two-routers" already' in str(errors[0])
    with pytest.raises(AuthoringErrors):
        Catalog(lab_folder.parent)
