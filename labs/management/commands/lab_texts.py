"""``manage.py lab_texts``: what labs say to learners, as a template for translators."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from labs.engine.catalog import check_folder
from labs.engine.parse import load_lab
from labs.engine.spec import Lab

OTHER = 1  # a seed: what differs from the plain numbers has numbers in it
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


class Command(BaseCommand):
    help = (
        "Print titles, hints, causes and complaints of all labs as a .pot file. Merge it into the site's catalogue "
        "(msgmerge, msgcat) and translate; the site looks each of them up there. A text with a learner's own numbers in it "
        "is nobody's catalogue's: it stays in its author's language."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found: dict[str, list[str]] = {}
        for lab in check_folder(Path(settings.LAB_CATALOG))[0].values():
            for (place, text), (_place, others) in zip(texts(lab), texts(load_lab(lab.folder, OTHER)), strict=True):
                if text == others:
                    found.setdefault(text, []).append(place)
        self.stdout.write(HEAD)
        for text, places in found.items():
            quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            self.stdout.write(f'#: {" ".join(places)}\nmsgid "{quoted}"\nmsgstr ""\n')


def texts(lab: Lab) -> Iterator[tuple[str, str]]:
    """Where it stands, and each text of the lab that a learner reads beside its guide, with its plain numbers."""
    file = f"labs/catalog/{lab.id}/lab.yaml"
    yield f"{file}:1", lab.title
    yield f"{file}:1", lab.summary
    for stage in lab.stages:
        yield f"{file}:{stage.checks[0].line}", stage.title
        for check in stage.checks:
            for text in (check.title, *check.hint, check.cause, check.complaint):
                if text:
                    yield f"{file}:{check.line}", text
