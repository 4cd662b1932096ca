"""The labs that a command names, and their folders: by the id in the catalog, or by a path."""

from pathlib import Path

import pytest

from labs.engine.authoring.lab_folders import find_lab_folder, folders_of, labs_of, new_lab_folder
from labs.engine.authoring.new_lab import create
from labs.typed_yaml.authoring_errors import AuthoringErrors


@pytest.fixture
def catalog(tmp_path):
    create(tmp_path / "catalog/hello")
    return tmp_path / "catalog"


def ids(names, catalog):
    return [lab.id for lab in labs_of(names, catalog)]


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


def test_labs_are_named_by_their_folder_or_by_the_folder_that_contains_them(catalog, tmp_path):
    folder = tmp_path / "elsewhere"
    for name in ("alpha", "beta"):
        create(folder / name)
    assert ids([str(folder / "beta")], catalog) == ["beta"]
    assert ids([str(folder)], catalog) == ["alpha", "beta"]
    assert ids([str(folder), str(folder / "beta"), "hello"], catalog) == ["alpha", "beta", "hello"]


def test_without_names_all_labs_of_the_catalog_are_meant(catalog):
    assert folders_of([], catalog) == [catalog]
    assert ids([], catalog) == ["hello"]


def test_no_lab_is_returned_if_one_has_a_mistake(catalog):
    create(catalog / "wrong")
    (catalog / "wrong/lab.yaml").write_text("id: [")
    with pytest.raises(AuthoringErrors):
        labs_of([], catalog)


def test_a_new_lab_is_in_the_catalog_unless_a_path_says_where(catalog, tmp_path):
    assert new_lab_folder("mine", catalog) == catalog / "mine"
    assert new_lab_folder(f"{tmp_path}/mine", catalog) == tmp_path / "mine"
    assert new_lab_folder("./mine", catalog) == Path("mine").absolute()
    assert new_lab_folder("../mine", catalog) == Path.cwd().parent / "mine"
