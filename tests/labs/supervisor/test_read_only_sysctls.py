"""The read-only files of a node's /proc/sys/net, without a kernel; the audit tests them in a real node."""

import socket
import struct

import pytest

from labs.supervisor import read_only_sysctls, syscalls
from labs.supervisor.read_only_sysctls import FIXED, protect


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """The sockets and requests by which the kernel is asked to load conntrack."""
    asked = []

    class Asking:
        def __init__(self, *kind):
            asked.append(kind)

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            pass

        def send(self, request):
            asked.append(request)

    monkeypatch.setattr(read_only_sysctls.socket, "socket", Asking)
    return asked


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


def test_fragments_of_ipv6_in_conntrack_are_bounded_from_the_lower_limit_on():
    """The kernel refuses an upper limit that is below the lower one."""
    low, high = [name for name in FIXED if "frag6" in name]
    assert (low, high) == tuple(f"netfilter/nf_conntrack_frag6_{one}_thresh" for one in ("low", "high"))
    assert FIXED[low] < FIXED[high] <= 262_144


def test_a_kernel_without_such_a_sysctl_is_no_error(tmp_path, mounts):
    protect(tmp_path)
    assert mounts == []


def test_conntrack_is_loaded_before_a_node_is_made_so_that_our_limits_hold_there(tmp_path, mounts, monkeypatch, loaded):
    """Regression: a rule of the learner's loaded it, and their node had the kernel's limits, of 4 MB."""
    files = [tmp_path / name for name in read_only_sysctls.OF_CONNTRACK]

    def load(*_kind):
        files[0].parent.mkdir()
        for file in files:
            file.write_text("4194304")
        raise OSError("the kernel answers nothing")

    monkeypatch.setattr(read_only_sysctls.socket, "socket", load)
    protect(tmp_path)
    assert [file.read_text() for file in files] == ["196608", "262144"]
    assert {path for _source, path, _type, _flags in mounts} == {*files}


def test_a_kernel_that_has_conntrack_is_not_asked_for_it(tmp_path, mounts, loaded):
    protect(tmp_path)
    assert loaded == [(socket.AF_NETLINK, socket.SOCK_RAW, 12), struct.pack("=IHHII4x", 20, 1 << 8 | 4, 1, 0, 0)]
    loaded.clear()
    for name in read_only_sysctls.OF_CONNTRACK:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    protect(tmp_path)
    assert loaded == []
