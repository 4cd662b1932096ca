"""A lab with a fault starts, although a command of its start may fail now."""

import subprocess

import pytest

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from rigs.diagnose.fault_trials import tolerant


@pytest.mark.parametrize("line", ["false", "sleep 0 &", "ls /nowhere; false", "true # a comment"])
def test_a_start_command_that_fails_does_not_end_the_start(line):
    lab = ad_hoc_lab("one", [Node(name="h1", kind=Kind.HOST, start=(line, "echo on"))], [])
    commands = tolerant(lab).nodes["h1"].start
    outputs = [
        subprocess.run(["bash", "-ec", one], capture_output=True, text=True, check=True).stdout for one in commands
    ]
    assert outputs == ["", "on\n"]
