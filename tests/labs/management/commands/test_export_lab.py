"""``manage.py export_lab`` writes a lab for another system."""

import pytest
from django.core.management import CommandError, call_command

from labs.engine.authoring.new_lab import create


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "mine")
    return tmp_path / "mine"


def test_it_lists_the_files(folder, tmp_path, capsys):
    call_command("export_lab", str(folder), system="kathara", to=tmp_path / "home")
    assert {line.strip() for line in capsys.readouterr().out.splitlines()} == {
        str(file) for file in (tmp_path / "home").rglob("*") if file.is_file()
    }


def test_the_default_folder_has_the_name_of_the_lab_and_the_system(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call_command("export_lab", str(folder), system="containerlab", solved=True)
    assert (tmp_path / "mine-containerlab" / "mine.clab.yml").is_file()


def test_a_lab_with_mistakes_is_not_exported(folder, tmp_path):
    (folder / "lab.yaml").write_text("id: x\n")
    with pytest.raises(CommandError, match=r"lab\.yaml"):
        call_command("export_lab", str(folder), system="kathara", to=tmp_path / "home")
