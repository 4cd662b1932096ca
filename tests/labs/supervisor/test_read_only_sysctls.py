"""The read-only files of a node's /proc/sys/net, without a kernel; the audit tests them in a real node."""

import pytest

from labs.supervisor import conntrack, read_only_sysctls, syscalls
from labs.supervisor.read_only_sysctls import FIXED, protect

pytestmark = pytest.mark.usefixtures("conntrack_questions")


@pytest.fixture
def mounts(monkeypatch):
    made = []
    monkeypatch.setattr(read_only_sysctls.syscalls, "mount", lambda *arguments: made.append(arguments))
    return made


def test_each_file_is_mounted_on_itself_and_then_made_read_only(tmp_path, mounts):
    for name in FIXED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    protect(tmp_path)
    assert [path for _source, path, _type, _flags in mounts] == [tmp_path / name for name in FIXED for _ in range(2)]
    for bound, remounted in zip(mounts[::2], mounts[1::2], strict=True):
        assert bound == (str(bound[1]), bound[1], None, syscalls.MS_BIND)
        assert remounted[3] & syscalls.MS_REMOUNT
        assert remounted[3] & syscalls.MS_RDONLY


def test_the_memory_of_a_socket_s_options_is_bounded_first(tmp_path, mounts):
    (tmp_path / "core").mkdir()
    (tmp_path / "core/optmem_max").write_text("131072")
    protect(tmp_path)
    assert (tmp_path / "core/optmem_max").read_text() == "8192"


def test_a_kernel_without_such_a_sysctl_is_no_error(tmp_path, mounts):
    protect(tmp_path)
    assert mounts == []


def test_conntrack_is_loaded_before_a_node_is_made_so_that_our_limits_hold_there(tmp_path, mounts, monkeypatch):
    """Regression: a rule of the learner's loaded it, and their node had the kernel's limits, of 4 MB."""
    files = [tmp_path / name for name in conntrack.LIMITS]

    def load(*_kind):
        files[0].parent.mkdir()
        for file in files:
            file.write_text("4194304")
        raise OSError("the kernel answers nothing")

    monkeypatch.setattr(conntrack.socket, "socket", load)
    protect(tmp_path)
    assert [file.read_text() for file in files] == ["196608", "262144"]
    assert {path for _source, path, _type, _flags in mounts} == {*files}
