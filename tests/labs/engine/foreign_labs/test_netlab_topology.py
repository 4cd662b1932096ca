"""netlab gets only what describes a network: nothing that it would run, evaluate or read."""

import pytest

from labs.engine.foreign_labs.foreign_lab import CannotImport, ForeignLab, Place
from labs.engine.foreign_labs.netlab_topology import is_netlab, read_topology
from labs.engine.foreign_labs.source_folder import SourceFolder
from tests.labs.engine.foreign_labs.foreign import lab_folder, reasons

PLAIN = """module: [ bgp ]
defaults.bgp.as: 64500
defaults: {device: eos}
groups: {probes: {device: frr, members: [ x1 ]}}
nodes:
  dut: {device: iosv}
  x1: {bgp.as: 64501}
links: [ dut-x1 ]
"""


@pytest.fixture
def foreign():
    return ForeignLab(system="netlab", name="test", place=Place("topology.yml"))


def read(foreign, tmp_path, text, **files):
    folder = lab_folder(
        tmp_path, {"topology.yml": text} | {name.replace("_", "."): other for name, other in files.items()}
    )
    return read_topology(foreign, SourceFolder(folder), "topology.yml")


def test_the_network_is_handed_over_with_dotted_keys_taken_apart(foreign, tmp_path):
    clean = read(foreign, tmp_path, PLAIN).clean
    assert clean["defaults"] == {"bgp": {"as": 64500}, "device": "eos"}
    assert list(clean) == ["module", "defaults", "groups", "nodes", "links"]
    assert reasons(foreign).keys() == {"topology.yml:3 the default device eos", "topology.yml:6 device iosv of dut"}


def test_a_device_of_a_vendor_becomes_frr(foreign, tmp_path):
    assert read(foreign, tmp_path, PLAIN).devices == {"nodes.dut": "frr"}


@pytest.mark.parametrize(
    "more",
    [
        "plugin: [ evil ]",
        "defaults.providers.clab.probe: [ id ]",
        "defaults: {devices: {frr: {clab: {image: x}}}}",
        "defaults.paths.plugin: [ /tmp ]",
        "include: [ /etc/passwd ]",
        "tools: {suzieq: {}}",
    ],
)
def test_what_netlab_would_run_or_read_is_left_out_and_reported(foreign, tmp_path, more):
    clean = read(foreign, tmp_path, f"nodes: {{r1: {{}}}}\n{more}\n").clean
    text = str(clean)
    assert not any(word in text for word in ("evil", "probe", "image", "/tmp", "passwd", "suzieq"))
    if "tools" not in more:
        assert [place for place in reasons(foreign) if place.startswith("topology.yml:2 ")]


def test_settings_of_a_node_that_name_files_are_left_out(foreign, tmp_path):
    text = "nodes: {r1: {config: [ evil.j2 ], clab.binds: {a: b}, bgp.as: 64500, _include: /etc/x.yml}, r1.config: [ evil.j2 ]}\n"
    assert read(foreign, tmp_path, text).clean["nodes"] == {"r1": {"bgp.as": 64500}}
    assert len(reasons(foreign)) == 4


def test_the_report_quotes_a_setting_that_is_left_out(foreign, tmp_path):
    read(foreign, tmp_path, "nodes: {r1: {config: [ my-policy ], clab.binds: {a: b}}}\n")
    assert set(reasons(foreign)) == {"topology.yml:1 config: my-policy", "topology.yml:1 clab.binds"}


def test_a_name_may_be_a_word_that_is_refused_as_a_setting(foreign, tmp_path):
    text = (
        "groups:\n  external: {members: [ config ], device: cumulus}\n  nodes: {config: [ evil.j2 ]}\n  _include: [ evil.yml ]\n"
        "nodes:\n  config: {vlans: {external: {}}}\n  external.config: [ evil.j2 ]\n"
    )
    topology = read(foreign, tmp_path, text)
    assert topology.clean["groups"] == {"external": {"members": ["config"], "device": "cumulus"}, "nodes": {}}
    assert topology.clean["nodes"] == {"config": {"vlans": {"external": {}}}}
    assert topology.devices == {"groups.external": "frr"}
    assert len([why for why in reasons(foreign).values() if "would read files" in why]) == 3


def test_a_dotted_key_of_the_topology_is_read_like_a_nested_one(foreign, tmp_path):
    clean = read(foreign, tmp_path, "nodes.r1.config: [ evil.j2 ]\nnodes.r1.bgp.as: 64500\n").clean
    assert "evil" not in str(clean)
    assert reasons(foreign)


@pytest.mark.parametrize(
    "text",
    [
        "nodes: {r1: {name: '{__import__(1)}'}}",
        "nodes: {'{x}': {}}",
        "name: '{{ 7 * 7 }}'\nnodes: {}",
        "'links.{1+41}': [r1-r2]",
        'links: {"x\\\\\'+str(1)#": [r1-r2]}',
        'nodes: {r1: {name: "x\\\\"}}',
        'bgp.multihop.sessions: {"x\'": [r1-r2]}',
    ],
)
def test_a_text_that_netlab_would_evaluate_is_refused(foreign, tmp_path, text):
    with pytest.raises(CannotImport, match=r"topology\.yml:1: netlab would evaluate"):
        read(foreign, tmp_path, text)


def test_defaults_beside_the_topology_are_read_and_others_reported(foreign, tmp_path):
    text = (
        "defaults.sources.extra: [ more.yml, ../up.yml, /etc/x.yml ]\nnodes: [ r1 ]\naddressing: {lan: {ipv4: False}}\n"
    )
    clean = read(foreign, tmp_path, text, more_yml="bgp.as: 64500\nproviders: {clab: {probe: [ id ]}}\n").clean
    assert clean["defaults"] == {"bgp": {"as": 64500}}
    assert clean["addressing"] == {"lan": {"ipv4": False}}
    assert {place.split()[1] for place in reasons(foreign)} == {"../up.yml", "/etc/x.yml", "providers"}


def test_the_tests_of_the_topology_are_not_handed_over(foreign, tmp_path):
    topology = read(foreign, tmp_path, "nodes: [ r1 ]\nvalidate: {a: {valid: '__import__(1)'}}\nmessage: '{x}'\n")
    assert list(topology.clean) == ["nodes"]
    assert "validate" in topology.marked.value


def test_included_files_stand_below_their_names_and_keep_their_lines(foreign, tmp_path):
    text = "_include: [ validate.yml, links.yml ]\nnodes: [ r1, r2 ]\n"
    tests = "# tests\na: {nodes: [ r1 ], plugin: \"ping('r2')\"}\n"
    topology = read(foreign, tmp_path, text, validate_yml=tests, links_yml="- r1-r2\n")
    assert topology.clean["links"] == ["r1-r2"]
    assert topology.value("validate") == {"a": {"nodes": ["r1"], "plugin": "ping('r2')"}}
    assert str(topology.place("validate", "a")) == "validate.yml:2"
    assert reasons(foreign) == {}


def test_included_files_elsewhere_are_reported_and_those_here_are_cleaned(foreign, tmp_path):
    text = "_include: [ ../nodes.yml, '*.yml', absent.yml, nodes.yml ]\nlinks: [ r1 ]\n"
    clean = read(foreign, tmp_path, text, nodes_yml="r1: {config: [ evil.j2 ]}\n_include: [ /etc/x.yml ]\n").clean
    assert clean["nodes"] == {"r1": {}}
    assert set(reasons(foreign)) == {
        "topology.yml:1 ../nodes.yml",
        "topology.yml:1 *.yml",
        "topology.yml:1 absent.yml",
        "nodes.yml:1 config: evil.j2",
        "nodes.yml:2 _include: /etc/x.yml",
    }


def test_a_module_can_be_named_as_an_attribute_of_nodes_without_a_type(foreign, tmp_path):
    text = "defaults.attributes.node.bgp:\nnodes: {r1: {bgp.as: 64500}}\n"
    assert read(foreign, tmp_path, text).clean["defaults"] == {"attributes": {"node": {"bgp": None}}}
    assert reasons(foreign) == {}
    other = "defaults.attributes.node.bgp: {type: str, f: evil}\ndefaults.attributes.node.evil:\nnodes: [ r1 ]\n"
    assert "evil" not in str(read(foreign, tmp_path, other).clean)
    assert len(reasons(foreign)) == 2


@pytest.mark.parametrize(
    ("value", "is_one"), [({"nodes": []}, True), ({"topology": {}, "nodes": {}}, False), ([], False)]
)
def test_a_topology_of_netlab_is_told_from_others(value, is_one):
    assert is_netlab(value) is is_one
