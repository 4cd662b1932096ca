"""The files that a learner has changed, one page at a time."""

import asyncio
import base64

import pytest

from labs.supervisor import changed_files
from labs.supervisor.asks import ANSWERERS


@pytest.fixture
def image(tmp_path, monkeypatch):
    folder = tmp_path / "image"
    folder.mkdir()
    monkeypatch.setattr(changed_files, "IMAGE", str(folder))
    return folder


def page(node, **question):
    return asyncio.run(ANSWERERS["changes"](node, question, None))


def test_a_changed_file_comes_with_its_original_content(node, image):
    (image / "etc").mkdir()
    (image / "etc/hosts").write_bytes(b"before")
    (node.path / "etc").mkdir()
    (node.path / "etc/hosts").write_bytes(b"\xffafter")
    (node.path / "new").write_bytes(b"")
    assert page(node) == {
        "files": [
            {"path": "etc/hosts", "size": 6, "content": "/2FmdGVy", "was": base64.b64encode(b"before").decode()},
            {"path": "new", "size": 0, "content": "", "was": None},
        ],
        "more": False,
        "removed": [],
        "truncated": False,
    }


def test_the_next_page_begins_after_the_last_path(node, image, monkeypatch):
    monkeypatch.setattr(changed_files, "PAGE_LARGEST", 25)
    for name in "abcde":
        (node.path / name).write_bytes(bytes(10))
    pages, after = [], ""
    while True:
        said = page(node, after=after)
        pages.append([file["path"] for file in said["files"]])
        after = pages[-1][-1]
        if not said["more"]:
            break
    assert pages == [["a", "b"], ["c", "d"], ["e"]]


def test_one_file_that_is_larger_than_a_page_is_a_page_of_its_own(node, image, monkeypatch):
    monkeypatch.setattr(changed_files, "PAGE_LARGEST", 5)
    (node.path / "a").write_bytes(bytes(10))
    (node.path / "b").write_bytes(bytes(10))
    assert [file["path"] for file in page(node)["files"]] == ["a"]


def test_a_file_that_is_too_large_comes_without_its_content(node, image, monkeypatch):
    monkeypatch.setattr(changed_files, "FILE_LARGEST", 5)
    (node.path / "a").write_bytes(bytes(6))
    [file] = page(node)["files"]
    assert (file["size"], file["content"]) == (6, None)


def test_links_and_shell_histories_are_not_listed(node, image):
    (node.path / "root/.cache").mkdir(parents=True)
    (node.path / "root/.bash_history").write_text("ls")
    (node.path / "root/.cache/x").write_text("")
    (node.path / "link").symlink_to("/etc/shadow")
    (node.path / "run").mkdir()
    assert page(node)["files"] == []


def test_a_list_with_too_many_files_is_marked_as_truncated(node, image, monkeypatch):
    monkeypatch.setattr(changed_files, "MOST_FILES", 3)
    for name in "abcd":
        (node.path / name).write_text("")
    said = page(node)
    assert (len(said["files"]), said["truncated"]) == (3, True)
