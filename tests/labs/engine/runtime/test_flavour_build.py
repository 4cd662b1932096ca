"""The build of a flavour, as the worker starts it: what it reports, and that it ends."""

import os
import time
from pathlib import Path

import pytest

from labs.engine.errors import ImageNotBuilt
from labs.engine.runtime import flavour_build


@pytest.fixture
def script(tmp_path):
    """Write a script in place of docker/lab/build."""

    def write(text):
        file = tmp_path / "build"
        file.write_text(f"import os, subprocess, sys, time\n{text}\n")
        return file

    return write


def test_the_script_is_asked_for_the_flavour_and_gets_a_folder_to_write_in(script, tmp_path):
    said = tmp_path / "said"
    there = "sys.argv[1:], os.access(os.environ['BUILDX_CONFIG'], os.W_OK)"
    flavour_build.build("dns", script=script(f"open({str(said)!r}, 'w').write(str(({there})))"))
    assert said.read_text() == "(['--flavour', 'dns'], True)"


def test_a_failed_build_is_reported_with_the_end_of_its_output(script):
    text = "print('x' * 9000); print('E: Unable to locate package nds', file=sys.stderr); sys.exit(1)"
    with pytest.raises(ImageNotBuilt) as failed:
        flavour_build.build("dns", script=script(text))
    assert str(failed.value).endswith("E: Unable to locate package nds")
    assert len(str(failed.value)) <= flavour_build.SAID


def test_a_failed_build_that_says_nothing_is_reported_with_its_status(script):
    with pytest.raises(ImageNotBuilt, match="status 3"):
        flavour_build.build("dns", script=script("sys.exit(3)"))


def test_a_build_that_hangs_is_ended_with_the_programs_that_it_started(script, tmp_path):
    child = tmp_path / "child"
    text = f"child = subprocess.Popen(['sleep', '60'])\nopen({str(child)!r}, 'w').write(str(child.pid))\nchild.wait()"
    with pytest.raises(ImageNotBuilt, match="took more than 2 s"):
        flavour_build.build("dns", seconds=2, script=script(text))
    until = time.monotonic() + 10
    while _runs(int(child.read_text())):
        assert time.monotonic() < until


def _runs(process):
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
