"""The names of a node's processes, here of the processes of this server."""

from types import SimpleNamespace

import pytest

from labs.supervisor import process_names
from labs.supervisor.process_names import FRESH, names_by_namespace


@pytest.fixture(autouse=True)
def walks(monkeypatch):
    """The walks through /proc."""
    made = []

    def walk():
        made.append(names_by_namespace())
        return made[-1]

    monkeypatch.setattr(process_names, "_seen", (-FRESH, {}))
    monkeypatch.setattr(process_names, "names_by_namespace", walk)
    return made


def test_processes_are_found_by_pid_namespace(ask):
    assert any(name.startswith(("python", "pytest")) for name in ask({"ask": "processes"})["names"])


def test_nodes_that_are_asked_together_share_one_walk_and_later_ones_get_another(ask, walks, monkeypatch):
    now = [7.0]
    monkeypatch.setattr(process_names, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for _ in range(3):
        ask({"ask": "processes"})
    assert len(walks) == 1
    now[0] += 2 * FRESH
    ask({"ask": "processes"})
    assert len(walks) == 2


def test_processes_that_end_and_files_that_are_none_are_left_out(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2/ns").mkdir(parents=True)
    (tmp_path / "2/ns/pid").symlink_to("pid:[7]")
    (tmp_path / "2/comm").write_text("bgpd\n")
    (tmp_path / "uptime").write_text("1")
    assert names_by_namespace(tmp_path) == {"pid:[7]": ["bgpd"]}
