"""An installed site is asked before it is stopped."""

import pytest

from tests.docker.conftest import NAME


@pytest.mark.parametrize("words", ["install --name lab.example.org", "uninstall"])
def test_the_labs_of_an_exam_are_not_ended(installed, steps, tell, words):
    installed.release("1.0-one", refuses="can_upgrade")
    with pytest.raises(steps.Stop, match=r"because of the weather\n.*systemctl stop vaka"):
        installed.typed(words, tell)
    assert not any("stop vaka" in line or line == "systemctl disable --now vaka" for line in installed.log())
    assert f"VAKA_HOSTS={NAME}" in (installed.etc / "vaka.env").read_text()


def test_a_version_that_cannot_be_asked_for_exams_is_not_ended_without_a_question(installed, steps, tell):
    python = installed.releases.current() / ".venv/bin/python"
    python.write_text("#!/bin/sh\necho 'unrecognized arguments: --exams'; exit 2\n")
    with pytest.raises(steps.Stop, match=r"(?s)cannot be asked whether an exam is open.*systemctl stop vaka"):
        installed.typed("uninstall", tell)
    assert installed.unit.exists()
