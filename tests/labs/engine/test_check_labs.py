"""``manage.py check_labs``, as an author sees it."""

import pytest
from django.core.management import call_command


def test_our_labs_have_no_error(capsys):
    call_command("check_labs")
    assert "4 labs checked, 0 errors" in capsys.readouterr().out


def test_an_author_sees_each_error_with_its_place(lab_folder, capsys, monkeypatch):
    monkeypatch.chdir(lab_folder.parent)
    text = (lab_folder / "lab.yaml").read_text()
    (lab_folder / "lab.yaml").write_text(text.replace("points: 5", "points: 0", 1))
    with pytest.raises(SystemExit) as caught:
        call_command("check_labs", str(lab_folder.parent))
    assert caught.value.code == 1
    printed = capsys.readouterr()
    assert "two-routers/lab.yaml:33: points must be a whole number from 1 to 100, not 0." in printed.err
    assert "1 labs checked, 1 errors" in printed.out
