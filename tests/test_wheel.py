"""The wheel: what it carries, and that its commands run without a clone. The live rehearsal is in docs/releasing.md."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("courses/", "labs/", "platform/vaka/")
TAG = "from labs.engine.runtime.image import image_tag; print(image_tag())"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built here with hatchling: no network and no other environment."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("vaka-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with what the wheel carries, as in an environment."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, *words, **environment):
    """Run Python with the wheel's packages and the dependencies of this environment, but without the clone."""
    here = f"import sys; sys.path[:0] = [{str(installed)!r}]; sys.path = [p for p in sys.path if p not in {clone_paths()!r}]"
    code = f"{here}; sys.argv = ['vaka', *{list(words[1:])!r}]; {words[0]}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VAKA_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def clone_paths():
    return [str(ROOT), str(ROOT / "platform")]


def names(wheel):
    return {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}


def test_it_has_every_file_of_our_packages(wheel):
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("This is an archive and not a clone: git does not say which files are ours.")
    ours = {line.removeprefix("platform/") for line in tracked.stdout.splitlines() if (ROOT / line).is_file()}
    assert ours - names(wheel) == set()


def test_it_has_nothing_else_but_the_recipe_of_the_lab_image(wheel):
    assert {name.split("/")[0] for name in names(wheel)} == {
        "courses",
        "labs",
        "vaka",
        "vaka_docker",
        f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info",
    }
    assert not [name for name in names(wheel) if "__pycache__" in name or name.startswith(("rigs/", "tests/"))]


@pytest.mark.parametrize(
    "name",
    [
        "vaka_docker/lab/Dockerfile",
        "vaka_docker/lab/flavours/dns.toml",
        "vaka_docker/lab/seccomp.json",
        "vaka_docker/lab/apparmor/vaka-lab",
        "vaka_docker/lab/rootfs/root/.bashrc",
        "vaka_docker/proxy.py",
        "vaka_docker/steps.py",
        "vaka/web/templates/404.html",
        "vaka/web/static/web/vaka.css",
        "courses/content/first-steps/course.yaml",
        "labs/catalog/first-ebgp/lab.yaml",
        "labs/engine/authoring/lab.schema.json",
    ],
)
def test_it_has_what_a_site_reads(wheel, name):
    assert name in names(wheel)


def test_it_has_the_licences_of_code_and_content(wheel):
    licences = {name.rpartition("/")[2] for name in names(wheel) if ".dist-info/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-CONTENT"}


def test_it_starts_the_same_lab_image_as_a_clone(installed):
    here = subprocess.run([sys.executable, "-c", TAG], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run(installed, TAG).stdout == here.stdout


def test_its_commands_say_that_they_need_a_state_folder(installed):
    done = run(installed, "from vaka.__main__ import main; main()", "check")
    assert done.stderr.startswith("VAKA_STATE is not set.")


def test_its_commands_run_without_a_clone(installed, tmp_path):
    main = "from vaka.__main__ import main; main()"
    for words in (("check",), ("check_content",), ("check_labs",)):
        done = run(installed, main, *words, VAKA_STATE=str(tmp_path))
        assert done.returncode == 0, done.stderr


def test_a_process_of_an_installed_site_is_started_by_the_package(installed, tmp_path):
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'vaka.settings'; import django; django.setup(); "
        "from vaka.ops import programs; print(programs.manage('relay')[1:])"
    )
    done = run(installed, code, VAKA_STATE=str(tmp_path))
    assert done.stdout.strip() == "('-m', 'vaka', 'relay')", done.stderr


def test_an_installed_site_shows_its_pages(installed, tmp_path):
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'vaka.settings'; import django; django.setup(); "
        "from django.core.management import call_command; "
        "call_command('migrate', verbosity=0); call_command('collectstatic', interactive=False, verbosity=0); "
        "from django.test import Client; "
        "print(*(Client(headers={'host': 'localhost'}).get(page).status_code for page in ('/', '/courses/', '/search/')))"
    )
    done = run(installed, code, VAKA_STATE=str(tmp_path))
    assert done.stdout.split() == ["200", "200", "200"], done.stderr
