"""A whole import: a folder of another system becomes one that check_labs accepts, with a report of what is missing."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import CannotImport
from labs.engine.foreign_labs.importing import import_lab
from labs.engine.foreign_labs.report import REPORT
from tests.labs.engine.foreign_labs.foreign import CONTAINERLAB, KATHARA, lab_folder


def test_the_imported_folder_has_no_mistakes(kathara, containerlab):
    assert (kathara.errors, containerlab.errors) == ([], [])


def test_the_topology_and_the_addresses_are_those_of_the_source(kathara):
    lab = load_lab(kathara.folder)
    assert {name: node.kind for name, node in lab.nodes.items()} == {
        "r1": Kind.FRR,
        "r2": Kind.FRR,
        "pc-one": Kind.HOST,
    }
    ends = [(str(link.a), str(link.b)) for link in lab.links]
    assert ends == [("r1:eth0", "pc-one:eth0"), ("r1:eth1", "r2:eth0")]
    assert [link.label for link in lab.links] == ["192.0.2.0/25", "192.0.2.128/25"]
    assert lab.nodes["pc-one"].start == ("ip route replace default via 192.0.2.1",)


def test_the_learner_types_the_routing_and_finds_none_at_the_start(kathara):
    lab = load_lab(kathara.folder)
    assert {name for name, node in lab.nodes.items() if node.learner} == {"r1", "r2"}
    assert typed(lab)["r2"] == (
        "vtysh",
        "configure terminal",
        "router ospf",
        "ospf router-id 198.51.100.2",
        "network 192.0.2.0/24 area 0",
        "end",
        "write memory",
        "exit",
    )
    [start] = [file for file in lab.nodes["r2"].files if file.path == "/etc/frr/frr.conf"]
    assert start.content == b""
    assert lab.nodes["r1"].daemons == ("ospfd",)


def test_nodes_that_are_not_chosen_are_configured_from_the_start(tmp_path):
    made = import_lab(lab_folder(tmp_path / "two", KATHARA), tmp_path / "imported", learners=["r1"])
    lab = load_lab(made.folder)
    assert (lab.nodes["r1"].learner, lab.nodes["r2"].learner) == (True, False)
    [start] = [file for file in lab.nodes["r2"].files if file.path == "/etc/frr/frr.conf"]
    assert b"router ospf\n" in start.content
    assert made.errors == []


def test_the_checks_are_the_tests_of_the_source_with_points_and_hints(kathara):
    checks = list(load_lab(kathara.folder).checks())
    assert {check.type for check in checks} == {
        "addr.present", "process.running", "fib.route", "ospf.neighbor", "reach.matrix",
    }  # fmt: skip
    assert all(check.points and check.within and check.hint for check in checks)
    absent = next(check for check in checks if check.expect.get("present") is False)
    assert absent.control, "absence alone proves nothing"


def test_a_lab_without_tests_gets_checks_that_are_proposed(containerlab):
    checks = list(load_lab(containerlab.folder).checks())
    assert containerlab.proposed == len(checks) > 0
    assert {check.type for check in checks} == {"bgp.session", "ping"}
    assert "proposed by the import" in (containerlab.folder / REPORT).read_text()


def test_static_routes_are_the_solution_where_no_daemon_runs(tmp_path):
    files = {
        "lab.conf": 'pc1[0]="A"\nr[0]="A"\nr[1]="B"\npc2[0]="B"\n',
        "pc1.startup": "ip addr add 192.0.2.2/25 dev eth0\nip route add default via 192.0.2.1\n",
        "pc2.startup": "ip addr add 192.0.2.130/25 dev eth0\nip route add default via 192.0.2.129\n",
        "r.startup": "ip addr add 192.0.2.1/25 dev eth0\nip addr add 192.0.2.129/25 dev eth1\n",
    }
    made = import_lab(lab_folder(tmp_path / "static", files), tmp_path / "imported")
    lab = load_lab(made.folder)
    assert typed(lab) == {
        "pc1": ("ip route replace default via 192.0.2.1",),
        "pc2": ("ip route replace default via 192.0.2.129",),
    }
    assert (made.solution, made.errors, lab.nodes["r"].learner) == ("static routes", [], False)


def test_addresses_are_the_solution_where_there_is_nothing_else(tmp_path):
    files = {
        "lab.conf": 'a[0]="A"\nb[0]="A"\n',
        "a.startup": "ip addr add 2001:db8::1/64 dev eth0\n",
        "b.startup": "ip addr add 2001:db8::2/64 dev eth0\n",
    }
    lab = load_lab(import_lab(lab_folder(tmp_path / "lan", files), tmp_path / "imported").folder)
    assert typed(lab)["a"] == ("ip -6 addr replace 2001:db8::1/64 dev eth0",)
    assert lab.links[0].a.addresses == ()


def test_a_router_that_the_source_leaves_to_the_learner_keeps_its_addresses_and_gets_daemons(tmp_path):
    files = {
        "lab.conf": 'rtr[0]="A"\nrtr[1]="B"\nrtr[image]="kathara/frr"\nx1[0]="A"\nx1[image]="kathara/frr"\n',
        "rtr.startup": "ip addr add 192.0.2.1/24 dev eth0\n",
        "x1.startup": "ip addr add 192.0.2.2/24 dev eth0\n",
        "x1/etc/frr/frr.conf": "router bgp 64501\n neighbor 192.0.2.1 remote-as 64500\n",
        "rtr/etc/frr/daemons": "zebra=yes\n",
    }
    made = import_lab(lab_folder(tmp_path / "bare", files), tmp_path / "imported", learners=["rtr"])
    text = (made.folder / "lab.yaml").read_text()
    assert '{interface: "rtr:eth0", addresses: ["192.0.2.1/24"]}' in text
    assert text.count("daemons: [bgpd]") == 2
    assert text.count("learner: false") == 1
    assert "neighbor 192.0.2.1" in (made.folder / "files" / "x1" / "etc" / "frr" / "frr.conf").read_text()
    assert made.solution == ""
    assert "- The learner types nothing yet." in (made.folder / REPORT).read_text()
    assert [error.message for error in made.errors if "solution" in error.message]


def test_in_a_lab_without_any_configuration_all_nodes_are_the_learners(tmp_path):
    files = {"lab.conf": 'a[0]="A"\nb[0]="A"\n'}
    made = import_lab(lab_folder(tmp_path / "empty", files), tmp_path / "imported")
    assert "learner: false" not in (made.folder / "lab.yaml").read_text()


def test_bird_is_typed_into_its_file_and_starts_with_an_empty_one(tmp_path):
    session = "  local as 64500; # it's us\n  neighbor 2001:db8::2 as 64501;\n  ipv6 { import all; };\n"
    conf = f"router id 192.0.2.1;\nprotocol bgp up {{\n{session}}}\n"
    files = {
        "lab.conf": 'b1[0]="A"\nb1[image]="kathara/bird2"\nb2[0]="A"\nb2[image]="kathara/bird2"\n',
        "b1.startup": "ip addr add 2001:db8::1/64 dev eth0\n",
        "b2.startup": "ip addr add 2001:db8::2/64 dev eth0\n",
        "b1/etc/bird/bird.conf": conf,
    }
    made = import_lab(lab_folder(tmp_path / "bird", files), tmp_path / "imported")
    lab = load_lab(made.folder)
    lines = typed(lab)["b1"]
    assert lines[0] == "printf '%s\\n' 'router id 192.0.2.1;' >/etc/bird/bird.conf"
    assert lines[2] == "printf '%s\\n' '  local as 64500; # it'\\''s us' >>/etc/bird/bird.conf"
    assert lines[-1] == "birdc configure"
    [start] = lab.nodes["b1"].files
    assert start.content == b"router id 192.0.2.1;\nprotocol device {\n}\n"


def test_addresses_that_our_rules_for_links_refuse_are_set_by_commands(tmp_path):
    files = {
        "lab.conf": 'r1[0]="A"\nr1[1]="B"\nr2[0]="A"\nr3[0]="B"\n',
        "r1.startup": "ip addr add 192.0.2.1/24 dev eth0\nip addr add 192.0.2.9/30 dev eth1\n",
        "r2.startup": "ip addr add 192.0.2.2/24 dev eth0\nip route add default via 192.0.2.1\n",
        "r3.startup": "ip addr add 192.0.2.10/30 dev eth0\n",
    }
    made = import_lab(lab_folder(tmp_path / "overlap", files), tmp_path / "imported")
    lab = load_lab(made.folder)
    assert made.errors == []
    assert "ip addr replace 192.0.2.9/30 dev eth1" in lab.nodes["r1"].start
    assert any("overlaps" in one.why for one in made.lab.not_imported)


def test_an_unnumbered_link_keeps_the_loopback_and_is_no_loss(tmp_path):
    files = {"lab.conf": 'r1[0]="A"\nr1[1]="B"\nr2[0]="A"\nr2[1]="B"\n'}
    for n in (1, 2):
        lines = "".join(f"ip addr add 192.0.2.{n}/32 dev {one}\n" for one in ("lo", "eth0", "eth1"))
        files[f"r{n}.startup"] = f"{lines}ip route add 192.0.2.{3 - n}/32 dev eth0\n"
    made = import_lab(lab_folder(tmp_path / "unnumbered", files), tmp_path / "imported")
    lab = load_lab(made.folder)
    assert (made.errors, made.lab.not_imported) == ([], [])
    assert [str(one) for one in lab.nodes["r1"].loopback] == ["192.0.2.1/32"]
    assert lab.nodes["r1"].start[:2] == (
        "ip addr replace 192.0.2.1/32 dev eth0",
        "ip addr replace 192.0.2.1/32 dev eth1",
    )
    assert lab.links[0].a.addresses == ()


def test_long_and_strange_names_become_names_of_ours(tmp_path):
    files = {"lab.conf": 'leaf_of_pod_one_1[0]="Very Long/Name"\nleaf_of_pod_one_2[0]="Very Long"\n2[0]="Very Long"\n'}
    lab = import_lab(lab_folder(tmp_path / "names", files), tmp_path / "imported").folder
    text = (lab / "lab.yaml").read_text()
    for name in ("leaf-of-ne-1:", "leaf-of-ne-2:", "n-2:", "very-long:"):
        assert f"  {name}" in text


@pytest.mark.parametrize(
    "title",
    ["on", "1e3", "a: b", 'quo"te', "# not a comment", "<<own>>", "{x", "日本", "x\x07y", "## Part {#part}", "```"],
)
def test_a_text_of_the_source_cannot_break_our_file(tmp_path, title):
    folder = lab_folder(
        tmp_path / "text", {"lab.conf": 'a[0]="A"\nb[0]="A"\n', "a.startup": "ip addr add 192.0.2.1/24 dev eth0\n"}
    )
    (folder / "lab.conf").write_text(f'LAB_DESCRIPTION="{title}"\n' + (folder / "lab.conf").read_text())
    (folder / "b.startup").write_text("ip addr add 192.0.2.2/24 dev eth0\n")
    made = import_lab(folder, tmp_path / "imported")
    assert made.errors == []
    assert load_lab(made.folder).summary == title.replace("\x07", " ")


def test_nothing_of_the_source_is_followed_out_of_it(tmp_path):
    folder = lab_folder(tmp_path / "two", KATHARA)
    (tmp_path / "secret").write_text("router bgp 64500\n")
    (folder / "r1" / "etc" / "frr" / "bgpd.conf").symlink_to(tmp_path / "secret")
    made = import_lab(folder, tmp_path / "imported")
    assert "r1/etc/frr/bgpd.conf" in str(made.lab.not_imported)
    assert not any("64500" in file.read_text() for file in made.folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("target", ["/../../../../escaped", "/etc/../../../../../escaped", "/a/./b", "/a\\x07"])
def test_no_file_is_written_outside_the_new_folder(tmp_path, target):
    files = {
        "t.yml": f'topology:\n  nodes:\n    a: {{kind: linux, image: x/tools, binds: ["x:{target}"]}}\n    b: {{kind: linux}}\n'
        '  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n',
        "x": "hostile\n",
    }
    made = import_lab(lab_folder(tmp_path / "deep" / "er" / "source", files), tmp_path / "deep" / "er" / "imported")
    assert [one for one in made.lab.not_imported if "plain path" in one.why]
    written = [file for file in tmp_path.rglob("*") if file.is_file() and file.read_text() == "hostile\n"]
    assert written == [tmp_path / "deep" / "er" / "source" / "x"]


def test_files_whose_paths_exclude_each_other_break_nothing(tmp_path):
    binds = '"x:/srv/a", "x:/srv/a/b", "x:/srv"'
    files = {"t.yml": f"topology:\n  nodes:\n    a: {{kind: linux, image: x/tools, binds: [{binds}]}}\n", "x": "x"}
    made = import_lab(lab_folder(tmp_path / "source", files), tmp_path / "imported")
    assert len([one for one in made.lab.not_imported if "needs it as a folder" in one.why]) == 2


def test_an_existing_folder_is_never_written_into(tmp_path):
    (tmp_path / "imported").mkdir()
    with pytest.raises(CannotImport, match="exists already"):
        import_lab(lab_folder(tmp_path / "two", KATHARA), tmp_path / "imported")
    assert list((tmp_path / "imported").iterdir()) == []


def test_a_folder_of_no_known_system_is_refused(tmp_path):
    with pytest.raises(CannotImport, match=r"Needed is lab\.conf"):
        import_lab(lab_folder(tmp_path / "x", {"a.yml": "b: 1\n"}), tmp_path / "imported")


def test_a_topology_of_netlab_is_known_and_needs_netlab(tmp_path):
    folder = lab_folder(tmp_path / "nl", {"topology.yml": "nodes: [ r1 ]\n"})
    with pytest.raises(CannotImport, match="netlab is not installed"):
        import_lab(folder, tmp_path / "imported", netlab="no-such-netlab")
    assert not (tmp_path / "imported").exists()


def test_an_interface_whose_name_a_program_reads_as_a_word_gets_another_one(tmp_path):
    files = {name: text.replace("eth1", "up") for name, text in CONTAINERLAB.items()}
    made = import_lab(lab_folder(tmp_path / "words", files), tmp_path / "imported")
    assert made.errors == []
    names = {end.name for link in load_lab(made.folder).links for end in link.ends}
    assert "if-up" in names
    assert "up" not in names
