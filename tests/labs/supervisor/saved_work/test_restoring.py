"""Restoring saved work, from saves that are forged in many ways."""

import asyncio
import base64
import json
import os
import stat
import zlib

import pytest

from labs.supervisor import bird_files_as_read
from labs.supervisor.saved_work import restoring, save_format
from labs.supervisor.saved_work.restoring import Work, read_state
from labs.supervisor.saved_work.save_format import NotASave, record

OWN = {"uid": os.getuid(), "gid": os.getgid()}


def packed(*parts):
    return zlib.compress(b"".join([record({"kind": "save", "format": 1}), *parts]))


def file(path, content=b"mine", kind="file", node="h1", mode=0o640, **more):
    return record({"kind": kind, "node": node, "path": path, "mode": mode, **OWN, **more}, content)


def state(node="h1", **parts):
    return record({"kind": "state", "node": node}, json.dumps(parts).encode())


def restored(network, *parts, again=False):
    work = Work(packed(*parts), network)
    work.write_files(network, again=again)
    return work


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_folders_links_and_pipes_are_restored(folders):
    network = folders("h1")
    work = restored(
        network,
        file("srv", b"", "folder", mode=0o750),
        file("srv/a", b"\0\xff", mtime=1_700_000_000_000_000_000),
        file("srv/link", b"/etc/shadow", "link"),
        file("srv/pipe", b"", "pipe", mode=0o600),
        state(),
    )
    root = network.space("h1").path
    assert work.trouble == []
    assert stat.S_IMODE((root / "srv").stat().st_mode) == 0o750
    assert (root / "srv/a").read_bytes() == b"\0\xff"
    assert (root / "srv/a").stat().st_mtime_ns == 1_700_000_000_000_000_000
    assert stat.S_IMODE((root / "srv/a").stat().st_mode) == 0o640
    assert str((root / "srv/link").readlink()) == "/etc/shadow"
    assert (root / "srv/pipe").is_fifo()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/bad",
        "../bad",
        "a/../../bad",
        "./bad",
        "a//bad",
        "a/",
        "run/bad",
        "proc/bad",
        "dev/bad",
        "var/log/bad",
        "a/" * save_format.DEEPEST + "b/c",
        None,
        7,
    ],
)
def test_a_path_that_leads_elsewhere_is_skipped(folders, path):
    network = folders("h1")
    (network.space("h1").path / "a").mkdir()
    restored(network, file(path), state())
    assert [name for name in names(network.space("h1").base) if "bad" in name] == []


@pytest.mark.parametrize("path", ["etc/bad\0name", "etc/\ud800", "etc/" + "n" * 300])
def test_an_impossible_file_name_is_reported(folders, path):
    network = folders("h1")
    (network.space("h1").path / "etc").mkdir()
    work = restored(network, file(path), file("etc/good"), state())
    assert len(work.trouble) == 1
    assert names(network.space("h1").path) == ["etc", "etc/good"]


def test_files_are_never_written_through_a_link(folders, tmp_path):
    network = folders("h1")
    (tmp_path / "outside").mkdir()
    work = restored(
        network,
        file("out", str(tmp_path / "outside").encode(), "link"),
        file("out/bad"),
        file("out/folder", b"", "folder"),
        file("out", str(tmp_path / "outside").encode(), "link"),
        state(),
    )
    assert names(tmp_path / "outside") == []
    assert len(work.trouble) == 2


def test_a_file_replaces_a_link_and_leaves_its_target_alone(folders, tmp_path):
    network, target = folders("h1"), tmp_path / "target"
    target.write_text("left")
    (network.space("h1").path / "a").symlink_to(target)
    restored(network, file("a"), state())
    assert target.read_text() == "left"
    assert (network.space("h1").path / "a").read_bytes() == b"mine"
    assert not (network.space("h1").path / "a").is_symlink()


def test_removing_a_folder_removes_links_but_not_their_targets(folders, tmp_path):
    network, outside = folders("h1"), tmp_path / "outside"
    outside.mkdir()
    (outside / "left").write_text("left")
    folder = network.space("h1").path / "srv"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/link").symlink_to(outside)
    restored(network, file("srv", b"", "gone"), state())
    assert names(network.space("h1").path) == []
    assert names(outside) == ["left"]


def test_the_number_of_removed_files_is_limited(folders, monkeypatch):
    monkeypatch.setattr(restoring, "MOST_REMOVED", 3)
    network = folders("h1")
    for number in range(9):
        (network.space("h1").path / f"d/{number}").mkdir(parents=True)
    work = restored(network, file("d", b"", "gone"), state())
    assert work.trouble == ["h1: d: there are too many files to remove"]


def test_nodes_of_others_get_no_files(folders):
    network = folders("h1", "i1")
    restored(network, file("bad", node="i1"), file("bad", node="nobody"), state("i1"), state("nobody"), state())
    assert names(network.space("i1").path) == []


def test_a_node_without_a_saved_state_is_not_changed(folders):
    network = folders("h1")
    assert restored(network, file("a")).of("h1") is None
    assert names(network.space("h1").path) == []


def test_modes_and_owners_are_masked_and_invalid_numbers_are_reported(folders):
    network = folders("h1")
    big = {"uid": OWN["uid"] + (1 << 40), "gid": OWN["gid"] + (1 << 40)}
    work = restored(
        network,
        record({"kind": "file", "node": "h1", "path": "a", "mode": 0o7777_0600, **big}, b""),
        record({"kind": "file", "node": "h1", "path": "b", "mode": [], **OWN}, b""),
        record({"kind": "file", "node": "h1", "path": "c", "mtime": float("inf")}, b""),
        record({"kind": "file", "node": "h1", "path": "d", "mtime": 1 << 100, **OWN}, b""),
        state(),
    )
    assert stat.S_IMODE((network.space("h1").path / "a").stat().st_mode) == 0o600
    assert len(work.trouble) == 3


def test_an_identical_file_is_not_written_again(folders):
    network = folders("h1")
    path = network.space("h1").path / "a"
    path.write_bytes(b"same")
    inode = path.stat().st_ino
    restored(network, file("a", b"mine", mtime=path.stat().st_mtime_ns), state())
    assert path.stat().st_ino == inode
    restored(network, file("a", b"longer", mtime=path.stat().st_mtime_ns), state())
    assert path.read_bytes() == b"longer"


def test_files_that_the_learner_had_removed_are_removed_again(folders):
    network = folders("h1")
    root = network.space("h1").path
    for name in ("given", "kept", "run", "large"):
        (root / name).write_text("")
    restored(network, file("kept"), state(whole=True, left_out=["large"]))
    assert names(root) == ["kept", "large", "run"]
    (root / "given").write_text("")
    restored(network, file("kept"), state(whole=False))
    assert "given" in names(root)


def test_bird_first_gets_the_files_that_it_had_read_and_then_the_edited_ones(folders):
    network = folders("h1")
    (network.space("h1").path / "etc/bird").mkdir(parents=True)
    read = {
        "etc/bird/bird.conf": base64.b64encode(b"as read").decode(),
        "etc/shadow": base64.b64encode(b"bad").decode(),
    }
    parts = (file("etc/bird/bird.conf", b"as edited"), state(loaded=read))
    path = network.space("h1").path / "etc/bird/bird.conf"
    work = restored(network, *parts)
    assert path.read_bytes() == b"as read"
    assert work.read_by_bird("h1") == {"etc/bird/bird.conf": b"as read"}
    assert work.read_by_bird("nobody") == {}
    restored(network, *parts, again=True)
    assert path.read_bytes() == b"as edited"
    assert "etc/shadow" not in names(network.space("h1").path)


def test_frr_starts_with_the_saved_daemons_and_no_other_text(folders):
    network = folders("h1")
    work = Work(packed(state(daemons=["bgpd", "ospf6d", "rm -r", "é", "a" * 17, ""], frr="hostname r1")), network)
    spec = work.spec("h1", {"daemons": ["ospf6d"], "kind": "frr"})
    assert spec["daemons"] == ["ospf6d", "bgpd"]
    assert spec["running"] == "/run/vaka-running.conf"
    assert spec["again"] is True
    assert Work(packed(state()), network).spec("h1", {"daemons": []})["running"] == ""


class ReadFiles:
    """Notes which files each BIRD is said to have read."""

    def __init__(self):
        self.told = []

    async def as_read(self, space, known):
        self.told.append((space.name, known))


@pytest.fixture
def started_again(folders, monkeypatch):
    """Start the node h1 of this save, whose start script ends in this way; returns the trouble and what BIRD has read."""

    def start(ends, kind="bird", **parts):
        disabled, read = [], ReadFiles()

        async def run(space, spec, seconds):
            assert (spec["again"], seconds) == (True, restoring.AGAIN_TIME)
            if isinstance(ends, Exception):
                raise ends
            return ends

        async def bird_do(space, command):
            disabled.append(command)

        monkeypatch.setattr(restoring.daemons, "start", run)
        monkeypatch.setattr(restoring, "bird_do", bird_do)
        network = folders("h1")
        work = Work(packed(state(**parts)), network)
        spec = network.lab["nodes"]["h1"] | {"kind": kind}
        asyncio.run(work.start_again(network.space("h1"), spec, read))
        return work.trouble, disabled, read.told

    return start


def test_a_node_starts_again_with_its_protocols_disabled_and_the_files_that_bird_had_read(started_again):
    read = {"etc/bird/bird.conf": base64.b64encode(b"as read").decode()}
    assert started_again(0, down=["up1", "a b"], loaded=read) == (
        [], ["disable up1"], [("h1", {"etc/bird/bird.conf": b"as read"})],
    )  # fmt: skip
    assert started_again(0, kind="frr") == ([], [], [])


def test_what_a_learner_has_broken_is_reported_and_fails_nothing(started_again):
    late = restoring.daemons.NotStarted("h1 did not start within 20 seconds.")
    assert started_again(7, down=["up1"]) == (
        ["h1: its start script ended with status 7: "], ["disable up1"], [("h1", {})],
    )  # fmt: skip
    assert started_again(late, down=["up1"]) == (["h1 did not start within 20 seconds."], [], [])
    assert started_again(OSError("no node")) == (["no node"], [], [])


def test_only_the_second_time_says_what_of_a_network_could_not_be_restored(folders, monkeypatch):
    """The first time, interfaces that the start commands make are missing."""

    async def bring_back(space, saved, ports):
        done.append((space.name, saved))
        if space.name == "h2":
            raise KeyError("links")
        return [f"{space.name}: ip route add"]

    done = []
    monkeypatch.setattr(restoring.network_state, "bring_back", bring_back)
    network = folders("h1", "h2", "h3")
    work = Work(packed(state("h1", network={"4": []}), state("h2", network={}), state("h3", network=None)), network)
    asyncio.run(work.bring_back_networks(network))
    assert (done, work.trouble) == ([("h1", {"4": []}), ("h2", {})], [])
    asyncio.run(work.bring_back_networks(network, again=True))
    assert (len(done), work.trouble) == (4, ["h1: ip route add", "h2: network: 'links'"])


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["network"],
        7,
        None,
        {"network": []},
        {"frr": 7},
        {"daemons": "bgpd"},
        {"daemons": [7]},
        {"down": {"a": 1}},
        {"down": [None]},
        {"tc": {}},
        {"loaded": []},
        {"whole": "yes"},
        {"left_out": [["a"]]},
    ],
)
def test_a_state_with_a_wrong_type_is_refused(parts):
    with pytest.raises(NotASave):
        read_state(json.dumps(parts).encode())


@pytest.mark.parametrize("content", [7, None, "not base64", ["a"]])
def test_an_invalid_file_of_bird_is_refused(folders, content):
    with pytest.raises(NotASave):
        Work(packed(state(loaded={"etc/bird/bird.conf": content})), folders("h1"))


def test_a_state_of_an_older_version_is_accepted():
    assert read_state(b"{}") == {}
    assert read_state(b'{"network": null, "frr": null}') == {"network": None, "frr": None}


@pytest.mark.parametrize("what", [record({"kind": "save", "format": 2}), record({"kind": "file"}), record({})])
def test_a_save_of_another_version_is_refused(folders, what):
    with pytest.raises(NotASave, match="another version of Vaka"):
        Work(zlib.compress(what), folders("h1"))


@pytest.mark.parametrize("cables", [b"[]", b"7", b"{", b"[" * 100_000])
def test_cables_with_a_wrong_type_are_refused(folders, cables):
    with pytest.raises(NotASave):
        Work(packed(record({"kind": "cables"}, cables)), folders("h1"))


def test_reports_of_unrestored_parts_are_limited(folders):
    network = folders("h1")
    work = restored(network, *(file(f"none/{'n' * 200}{number}") for number in range(100)), state())
    work.say(*["x" * 500] * 100)
    assert len(work.trouble) == restoring.MOST_TROUBLE
    assert max(len(text) for text in work.trouble) <= 200


def test_the_number_of_bird_files_is_limited(folders):
    many = {f"etc/bird/{number}": "" for number in range(1000)}
    assert len(Work(packed(state(loaded=many)), folders("h1")).read_by_bird("h1")) == bird_files_as_read.MOST


def test_only_the_nodes_that_are_asked_for_are_restored(folders):
    network = folders("h1", "h2")
    each = [
        (file("etc", b"", "folder", node, mode=0o755), file("etc/a", node=node), state(node)) for node in ("h1", "h2")
    ]
    parts = (*each[0], *each[1], cables())
    work = Work(packed(*parts), network, ["h2"])
    work.write_files(network)
    assert not (network.space("h1").path / "etc/a").exists()
    assert (network.space("h2").path / "etc/a").read_bytes() == b"mine"
    assert (work.of("h1"), work.cables) == (None, {})


def test_a_copy_has_no_history_of_what_was_typed(folders):
    network = folders("h1")
    folders_first = [file(path, b"", "folder", mode=0o755) for path in ("root", "root/.cache", "root/.cache/vim")]
    typed = [file(f"root/{name}") for name in (".bash_history", ".history_frr", ".cache/vim/swap", "notes")]
    Work(packed(*folders_first, *typed, state()), network, is_copy=True).write_files(network)
    assert names(network.space("h1").path / "root") == ["notes"]


def cables():
    return record({"kind": "cables"}, json.dumps({"h1:eth0": {"up": False}}).encode())
