"""The folder of a lab that a command names: by its id in the catalog, or by a path."""

from pathlib import Path

import pytest

from labs.engine.authoring.lab_folders import find_lab_folder, new_lab_folder
from labs.engine.authoring.new_lab import create
from labs.typed_yaml.errors import AuthoringErrors


@pytest.fixture
def catalog(tmp_path):
    create(tmp_path / "catalog/hello")
    return tmp_path / "catalog"


def test_an_id_is_a_lab_of_the_catalog_and_a_path_is_a_folder(catalog, tmp_path):
    create(tmp_path / "elsewhere/hello")
    assert find_lab_folder("hello", catalog) == catalog / "hello"
    assert find_lab_folder(str(tmp_path / "elsewhere/hello"), catalog) == tmp_path / "elsewhere/hello"


def test_a_lab_with_mistakes_is_found_so_that_they_can_be_reported(catalog):
    (catalog / "hello/lab.yaml").write_text("id: [")
    assert find_lab_folder("hello", catalog) == catalog / "hello"


def test_an_unknown_id_is_answered_with_the_one_that_was_meant(catalog):
    with pytest.raises(AuthoringErrors, match=r"no lab of the catalog has this id.*hello"):
        find_lab_folder("helo", catalog)


def test_a_new_lab_is_in_the_catalog_unless_a_path_says_where(catalog, tmp_path):
    assert new_lab_folder("mine", catalog) == catalog / "mine"
    assert new_lab_folder(f"{tmp_path}/mine", catalog) == tmp_path / "mine"
    assert new_lab_folder("./mine", catalog) == Path("mine").absolute()
