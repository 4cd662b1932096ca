"""Features of the kernel that a lab requires. Live tests check what this kernel has."""

import subprocess

import pytest

from labs.engine.shared.features import FEATURES
from labs.supervisor import features


def test_an_unknown_feature_is_missing_and_comes_with_advice():
    assert features.missing(["warp"]) == ["warp (a newer version of the lab image)"]


@pytest.mark.parametrize(("status", "lacking"), [(0, []), (1, ["netem (modprobe -a sch_netem)"])])
def test_a_feature_exists_when_all_its_commands_succeed(monkeypatch, status, lacking):
    ran = []

    def run(command, **options):
        ran.append(command)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", run)
    assert features.missing(["netem"]) == lacking
    assert ran == [["unshare", "--net", "sh", "-ec", "\n".join(FEATURES["netem"].tries)]]
