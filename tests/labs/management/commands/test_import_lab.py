"""``manage.py import_lab`` prints what is missing, and ends with a status that a script can use."""

import pytest
from django.core.management import CommandError, call_command

from tests.labs.engine.foreign_labs.foreign import KATHARA, lab_folder


def test_it_says_what_was_made_and_what_was_not(tmp_path, capsys):
    call_command("import_lab", lab_folder(tmp_path / "two", KATHARA), to=tmp_path / "theirs")
    out = capsys.readouterr().out
    assert "not imported: lab.conf:10: nonsense: this is not a line of lab.conf" in out
    assert f"{tmp_path / 'theirs'}: 3 nodes, 7 checks from the source's tests" in out
    assert (tmp_path / "theirs" / "lab.yaml").is_file()


def test_the_default_folder_has_the_name_of_the_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call_command("import_lab", lab_folder(tmp_path / "theirs" / "My Lab", KATHARA))
    assert (tmp_path / "my-lab" / "lab.yaml").is_file()


def test_mistakes_of_the_new_lab_are_printed_and_end_with_status_1(tmp_path, capsys):
    folder = lab_folder(tmp_path / "empty", {"lab.conf": 'r1[0]="A"\n'})
    with pytest.raises(SystemExit) as ended:
        call_command("import_lab", folder, to=tmp_path / "theirs")
    assert ended.value.code == 1
    assert f"{tmp_path / 'theirs' / 'lab.yaml'}:" in capsys.readouterr().err
    assert "## Mistakes that check_labs reports" in (tmp_path / "theirs" / "import-report.md").read_text()


def test_the_checker_s_file_may_be_elsewhere(tmp_path, capsys):
    files = dict(KATHARA)
    (tmp_path / "tests.json").write_text(files.pop("correction.json"))
    call_command(
        "import_lab", lab_folder(tmp_path / "two", files), to=tmp_path / "theirs", checks=tmp_path / "tests.json"
    )
    assert "7 checks from the source's tests" in capsys.readouterr().out


def test_a_folder_that_cannot_be_imported_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="no lab"):
        call_command("import_lab", tmp_path, to=tmp_path / "theirs")
