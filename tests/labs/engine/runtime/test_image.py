"""The files that the lab image takes from the project."""

from labs.engine.runtime.image import IN_IMAGE, SUPERVISOR, modules_below


def test_the_modules_of_packages_are_found_and_compiled_files_are_not(tmp_path):
    for name in ("a.py", "inner/__init__.py", "inner/b.py", "inner/__pycache__/b.py", "inner/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in modules_below(tmp_path)] == [
        "a.py",
        "inner/__init__.py",
        "inner/b.py",
    ]


def test_the_image_gets_every_module_of_the_supervisor():
    assert set(modules_below(SUPERVISOR)) <= set(IN_IMAGE)
    assert SUPERVISOR / "__main__.py" in IN_IMAGE
