"""Image flavours are files: what each must hold, and what changes the tag of its image."""

import re
import shutil
from pathlib import Path

import pytest

from labs.engine.runtime import flavours, image
from labs.engine.runtime.flavours import BadFlavour

ROOT = Path(__file__).parents[4]
ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| (.+?) \|$", re.M)


@pytest.fixture
def folder(tmp_path):
    """A copy of the recipe, with a flavour of its own."""
    copied = tmp_path / "flavours"
    shutil.copytree(image.FLAVOURS, copied)
    return copied


def test_every_flavour_of_ours_can_be_read():
    assert set(flavours.known()) >= {"access", "dns", "operations", "rpki", "transition", "tunnel"}


def test_an_author_adds_a_flavour_by_one_file(folder):
    (folder / "games.toml").write_text('description = "Games"\npackages = ["nethack-console"]\n')
    assert flavours.known(folder)["games"].packages == ("nethack-console",)


def test_the_tag_names_the_flavour_and_changes_with_its_packages_only(folder):
    text = 'description = "{}"\npackages = {}\n'
    tags = []
    for described, packages in (("A", '["nsd"]'), ("B", '["nsd"]'), ("A", '["nsd", "knot"]')):
        (folder / "games.toml").write_text(text.format(described, packages))
        tags.append(flavours.known(folder)["games"].tag)
    assert tags[0] == tags[1] != tags[2]
    assert all(re.fullmatch(r"vaka-lab:[0-9a-f]{12}-games", tag) for tag in tags)


def test_the_tag_changes_with_the_recipe_and_with_the_lab_image(folder, monkeypatch):
    before = flavours.known(folder)["dns"].tag
    (folder / "install").write_text("true\n")
    with_other_recipe = flavours.known(folder)["dns"].tag
    monkeypatch.setattr(flavours, "image_tag", lambda: "vaka-lab:other")
    assert len({before, with_other_recipe, flavours.known(folder)["dns"].tag}) == 3


def test_a_new_flavour_leaves_the_lab_image_as_it_is_wherever_the_clone_is(tmp_path, monkeypatch):
    recipe = tmp_path / "flavours" / "lab"
    shutil.copytree(image.RECIPE, recipe)
    monkeypatch.setattr(image, "RECIPE", recipe)
    before = image.image_tag()
    (recipe / "flavours" / "games.toml").write_text('description = "Games"\npackages = ["nethack-console"]\n')
    assert image.image_tag() == before
    (recipe / "Dockerfile").write_text("FROM scratch\n")
    assert image.image_tag() != before


def test_without_a_flavour_a_lab_starts_from_the_lab_image():
    assert flavours.tag_of("") == image.image_tag()
    assert flavours.tag_of("dns") == flavours.known()["dns"].tag


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Games", 'description = "A"\npackages = ["nsd"]', "the name has small letters"),
        ("games", 'description = "A"\npackages = []', "packages must be a list"),
        ("games", 'description = "A"\npackages = ["nsd; rm -rf /"]', "packages must be a list"),
        ("games", 'description = "A"\npackages = ["--force"]', "packages must be a list"),
        ("games", 'description = " "\npackages = ["nsd"]', "description must be a text"),
        ("games", 'packages = ["nsd"]', "a description and packages, and nothing else"),
        ("games", 'description = "A"\npackages = ["nsd"]\nscript = "x"', "and nothing else"),
        ("games", "packages =", "games.toml: "),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_reason(name, text, reason, folder):
    (folder / f"{name}.toml").write_text(text)
    with pytest.raises(BadFlavour, match=re.escape(reason)) as refused:
        flavours.known(folder)
    assert f"{name}.toml" in str(refused.value)


def test_the_page_for_authors_lists_each_flavour_with_its_packages():
    _, _, after = (ROOT / "docs/authoring-labs.md").read_text(encoding="utf-8").partition("| `image:` | packages |")
    listed = ROW.findall(after.partition("\n\n")[0])
    wanted = [(name, ", ".join(flavour.packages), flavour.description) for name, flavour in flavours.known().items()]
    assert listed == wanted, "Write these rows: " + "\n".join(f"| `{n}` | {p} | {d} |" for n, p, d in wanted)
