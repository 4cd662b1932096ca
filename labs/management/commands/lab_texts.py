"""``manage.py lab_texts``: prints the texts of all labs as a template for translators."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from labs.engine.authoring.catalog import check_folder
from labs.engine.definition.spec import Lab
from labs.engine.translatable_text import Text

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


class Command(BaseCommand):
    help = (
        "Print the titles, hints, causes and complaints of all labs as a .pot file. Merge it into the site's message catalogue "
        "(msgmerge, msgcat) and translate it there. A parameter appears by its name, such as %(own)s; keep it in the "
        "translation, and the site replaces it with the learner's value."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found: dict[str, list[str]] = {}
        for lab in check_folder(Path(settings.LAB_CATALOG))[0].values():
            for place, text in texts(lab):
                found.setdefault(Text.authored(text).msgid, []).append(place)
        self.stdout.write(HEAD)
        for text, places in found.items():
            quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            named = "#, python-format\n" if "%" in text else ""
            self.stdout.write(f'#: {" ".join(places)}\n{named}msgid "{quoted}"\nmsgstr ""\n')


def texts(lab: Lab) -> Iterator[tuple[str, str]]:
    """Yield each text of the lab that a learner reads outside the guide, with its place."""
    file = f"labs/catalog/{lab.id}/lab.yaml"
    yield f"{file}:1", lab.title
    yield f"{file}:1", lab.summary
    for stage in lab.stages:
        yield f"{file}:{stage.checks[0].line}", stage.title
        for check in stage.checks:
            for text in (check.title, *check.hint, check.cause, check.complaint):
                if text:
                    yield f"{file}:{check.line}", text
