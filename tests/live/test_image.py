"""The lab image is built, and built afresh: what has which tag, which labels it has, and what is told of its age."""

import io
import subprocess
import sys
import tarfile
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from uuid import uuid4

import pytest
from docker.errors import APIError

from labs.engine.definition.spec import Kind, Node
from labs.engine.runtime import driver, flavours, image
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.flavours import Flavour
from tests.labs.fakes import image_of
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live

# A recipe that takes a second: a base without Debian, and two lists that lie in it
RECIPE = """ARG BASE
FROM ${BASE}
COPY lists/ /usr/share/vaka/
"""


@pytest.fixture(scope="module")
def build():
    """The script, as a module."""
    loader = SourceFileLoader("lab_image_build", str(image.RECIPE / "build"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    path = list(sys.path)
    loader.exec_module(module)
    yield module
    sys.path[:] = path


@pytest.fixture
def engine():
    with closing(Engine("image")) as opened:
        yield opened


@pytest.fixture
def names(engine):
    """A base and a repository of our own: others are at work on this engine."""
    name = f"vaka-test-{uuid4().hex}"
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    engine.client.api.import_image_from_data(empty.getvalue(), repository=name, tag="base", changes=["LABEL a=b"])
    yield name
    for found in engine.client.api.images(name=name):
        for tag in found["RepoTags"]:
            with suppress(APIError):
                engine.client.api.remove_image(tag)


@pytest.fixture
def recipe(tmp_path):
    """A recipe whose packages were fetched so many days ago, in these versions."""

    def made(*, days, frr):
        folder = tmp_path / uuid4().hex
        (folder / "lists").mkdir(parents=True)
        (folder / "Dockerfile").write_text(RECIPE)
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        for name, older, text in (("nodes", at, f"frr {frr}\n"), ("supervisor", at, "python3 3.13.5-1\nsed 4.9-2\n")):
            (folder / "lists" / name).write_text(text)
            (folder / "lists" / f"{name}-at").write_text(f"{older}\n")
        return folder

    return made


@pytest.fixture
def built(build, names, recipe, tmp_path, monkeypatch, engine):
    """Builds one, and returns it as the driver sees it."""
    for module in (driver, flavours):
        monkeypatch.setattr(module, "image_tag", lambda: f"{names}:recipe")

    def make(*, days=0, frr="10.3-3", fresh=False):
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        source = recipe(days=days, frr=frr)
        build.build_image(folder, f"{names}:recipe", source, f"{names}:base", fresh=fresh)
        return engine.image()

    return make


def test_an_image_says_from_which_packages_it_was_made_and_when(built, engine):
    made = built(days=3)
    assert made.versions == {"frr": "10.3-3", "python3": "3.13.5-1"}
    assert made.age.days == 3
    assert datetime.now(UTC) - made.base_at < timedelta(minutes=5)
    assert engine.packages() == {"nodes": {"frr": "10.3-3"}, "supervisor": {"python3": "3.13.5-1", "sed": "4.9-2"}}


def test_it_is_as_old_as_its_packages_however_late_it_was_built(built, build, names):
    """Layers come from a cache: an image of today may have packages of last year."""
    built(days=400)
    assert build.warning(build.now(f"{names}:recipe")).endswith(
        "400 days old: security fixes since then are missing. Type: make image FRESH=1"
    )
    built(days=1)
    assert build.warning(build.now(f"{names}:recipe")) == ""


def test_the_script_and_the_driver_read_the_same(built, build, names):
    assert built(days=3) == build.now(f"{names}:recipe")


def test_a_fresh_build_takes_the_tag_over_and_the_one_before_keeps_its_own(built, engine, names):
    first = built(frr="10.3-3")
    with_time = [tag for tag in tags(engine, names) if tag.startswith(f"{names}:recipe-")]
    second = built(frr="10.3-4", fresh=True)
    assert second.id != first.id
    assert second.packages != first.packages
    assert engine.client.images.get(with_time[0]).id == first.id
    assert not [tag for tag in tags(engine, names) if "unlabelled" in tag]


def test_the_same_packages_again_are_known_as_the_same(built):
    assert built(frr="10.3-3").packages == built(frr="10.3-3", fresh=True).packages


def test_a_container_keeps_its_image_and_new_ones_get_the_fresh_one(built, engine, names):
    first = built(frr="10.3-3")
    old = engine.client.api.create_container(f"{names}:recipe", ["none"])["Id"]
    second = built(frr="10.3-4", fresh=True)
    new = engine.client.api.create_container(f"{names}:recipe", ["none"])["Id"]
    try:
        images = [engine.client.api.inspect_container(one)["Image"] for one in (old, new)]
        assert images == [first.id, second.id]
    finally:
        for one in (old, new):
            engine.client.api.remove_container(one)


def test_cleaning_takes_the_images_of_before_and_never_the_one_of_today(built, engine, names):
    built(frr="10.3-3")
    before = set(tags(engine, names))
    built(frr="10.3-4", fresh=True)
    soon = datetime.now(UTC) + timedelta(hours=1)
    old = {one.tag for one in engine.old_images(soon, names)} - {f"{names}:base"}
    assert old == before - {f"{names}:recipe", f"{names}:base"}
    assert old
    for tag in old:
        assert engine.remove_image(tag)
    assert engine.image() is not None


def test_a_build_that_fails_leaves_the_image_of_before_in_use(built, build, names, recipe, engine, tmp_path):
    first = built()
    broken = recipe(days=0, frr="10.3-4")
    (broken / "Dockerfile").write_text(f"{RECIPE}COPY nothing /nothing\n")
    with pytest.raises(subprocess.CalledProcessError):
        build.build_image(tmp_path, f"{names}:recipe", broken, f"{names}:base", fresh=True)
    assert engine.image() == first


@pytest.fixture
def flavour(tmp_path):
    """A flavour whose recipe takes a second, with this version of its package."""

    def made(version):
        (tmp_path / "Dockerfile").write_text("ARG LAB\nFROM ${LAB}\nCOPY nodes /usr/share/vaka/\n")
        (tmp_path / "nodes").write_text(f"frr 10.3-3\nnethack {version}\n")
        return Flavour("games", "Games", ("nethack",), tmp_path)

    return made


def test_a_flavour_is_built_on_the_lab_image_and_is_as_old_as_it(built, build, names, flavour):
    base, tag = built(days=3), f"{names}:recipe-games"
    build.build_flavour(flavour("3.6"), tag, base.tag)
    made = build.now(tag)
    assert (made.flavour, made.packages_at, made.base_at) == ("games", base.packages_at, base.base_at)
    assert made.versions == {**base.versions, "nethack": "3.6"}
    assert made.packages != base.packages


def test_a_flavour_that_is_built_again_takes_its_tag_over(built, build, names, engine, flavour):
    base, tag = built(), f"{names}:recipe-games"
    build.build_flavour(flavour("3.6"), tag, base.tag)
    first = build.now(tag)
    (with_time,) = [name for name in tags(engine, names) if name.startswith(f"{tag}-")]
    build.build_flavour(flavour("3.7"), tag, base.tag, fresh=True)
    assert build.now(tag).versions["nethack"] == "3.7"
    assert engine.client.images.get(with_time).id == first.id
    assert not [name for name in tags(engine, names) if "unlabelled" in name]


def test_a_fresh_build_builds_the_flavours_again_that_are_there(build, monkeypatch, capsys):
    done = []
    monkeypatch.setattr(sys, "argv", ["build", "--fresh"])
    monkeypatch.setattr(build, "build_base", lambda folder: done.append("base"))
    monkeypatch.setattr(build, "build_image", lambda folder, tag, *, fresh: done.append("image"))
    monkeypatch.setattr(build, "built_flavours", lambda: ["dns", "rpki"])
    monkeypatch.setattr(build, "build_flavour", lambda one, tag, base, *, fresh: done.append((one.name, fresh)))
    monkeypatch.setattr(build, "inspect", lambda tag, what: "1")
    monkeypatch.setattr(build, "now", lambda tag: image_of("sha256:first"))
    build.main()
    assert done == ["base", "image", ("dns", True), ("rpki", True)]


def test_the_real_image_names_what_labs_are_made_of(engine):
    found = engine.image()
    assert {"frr", "bird2", "nginx-light", "libc6", "wireguard-tools"} <= set(found.versions)
    everything = engine.packages()
    assert found.versions["frr"] == everything["nodes"]["frr"]
    assert "mininet" in everything["supervisor"]
    assert found.base_at <= found.packages_at <= datetime.now(UTC)


def test_a_running_lab_says_of_which_build_it_is(runner):
    lab = make_lab([Node(name="h1", kind=Kind.HOST), Node(name="h2", kind=Kind.HOST)], [link("h1:eth0", "h2:eth0")])
    with runner.running(lab) as session:
        fetched = runner.engine.image().packages_at
        assert runner.engine.container_of(session.session).packages_at == fetched
        assert runner.engine.sessions()[session.session].packages_at == fetched


def test_nothing_is_built_when_it_is_there_and_that_is_said(build):
    script = image.RECIPE / "build"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert "exists." in done.stdout
    lacks = subprocess.run([sys.executable, str(script), "--lacks"], capture_output=True, text=True, check=True)
    assert lacks.stdout.strip() == ""


def tags(engine, names):
    return [tag for found in engine.client.api.images(name=names) for tag in found["RepoTags"]]
