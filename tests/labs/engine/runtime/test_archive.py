"""The archive of a learner's work: each name in it is safe to unpack anywhere."""

import io
import zipfile

import pytest

from labs.engine.runtime.archive import archive, safe_path
from labs.engine.runtime.changes import FileState, NodeState


def state(running=None, **files):
    return NodeState(
        running=running, files={path: FileState(len(content or b""), content, None) for path, content in files.items()}
    )


def names(packed):
    return zipfile.ZipFile(io.BytesIO(packed)).namelist()


def test_a_node_has_its_configuration_and_its_files():
    packed = archive("lab", {"r1": state("hostname r1\n", **{"etc/light": b"on\n"}), "h1": state()})
    assert names(packed) == ["lab/r1/running-config", "lab/r1/files/etc/light"]
    assert zipfile.ZipFile(io.BytesIO(packed)).read("lab/r1/files/etc/light") == b"on\n"


def test_a_file_that_was_not_read_is_left_out():
    assert names(archive("lab", {"r1": state(large=None)})) == []


def test_names_that_differ_only_in_case_are_kept_apart():
    packed = archive("lab", {"r1": state(**{"A": b"1", "a": b"2", "a.2": b"3"})})
    assert len({name.lower() for name in names(packed)}) == 3


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("etc/frr/frr.conf", "etc/frr/frr.conf"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\windows\\x", "C__windows_x"),
        ("a\nb/\u202etxt.exe", "a_b/_txt.exe"),
        ("con./nul...", "con/nul"),
        ("..", "_"),
        ("\u00e9/\u00e9", "_/_"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_path_is_relative_and_of_plain_characters(path, safe):
    assert safe_path(path) == safe
