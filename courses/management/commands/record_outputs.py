"""``manage.py record_outputs``, ``make outputs``: records what labs print for the lessons. It needs an engine, and no site."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.content import Lesson
from courses.lab_references import block_mistakes, is_current
from courses.loader import load
from courses.networks import labs_and_networks
from courses.output_file import Recorded, file_of, read_outputs, write_outputs
from courses.recording.recorder import NotRecorded, record
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.runtime.runner import Runner, runner
from labs.registry.versions import all_labs
from labs.typed_yaml.authoring_errors import AuthoringErrors


class Command(BaseCommand):
    help = "Record the outputs that lessons show and that are missing or out of date. Each is recorded in a fresh copy of its lab."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lessons", nargs="*", metavar="LESSON", help="the ids of lessons (default: all lessons)")
        parser.add_argument("--all", action="store_true", help="record also the outputs that are up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("labs.engine").setLevel(logging.WARNING)
        try:
            courses = load(settings.COURSE_CONTENT, {lab.id for lab in all_labs()})
            labs = labs_and_networks(settings.COURSE_CONTENT)
        except AuthoringErrors as found:
            raise CommandError(f"Correct these errors first:\n{found}") from found
        lessons = [lesson for course in courses.values() for lesson in course.lessons()]
        wanted = options["lessons"] or [lesson.id for lesson in lessons]
        if unknown := sorted(set(wanted) - {lesson.id for lesson in lessons}):
            raise CommandError(f"There is no lesson {', '.join(unknown)}. Write the ids of lessons, or none for all.")
        failed = 0
        try:
            with runner() as running:
                running.engine.check()
                for lesson in lessons:
                    if lesson.id in wanted:
                        failed += self._lesson(lesson, labs, running, again=options["all"])
        except EngineError as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(f"Outputs that could not be recorded: {failed}. The reasons are above.")

    def _lesson(self, lesson: Lesson, labs: Mapping[str, Lab], running: Runner, *, again: bool) -> int:
        """Record the outputs of a lesson and write its file. Return how many could not be recorded: these stay as they were."""
        before, _wrong = read_outputs(file_of(lesson.file))
        kept: dict[str, Recorded] = {}
        failed = 0
        for block in lesson.outputs:
            where, old = f"{lesson.file.name}:{block.line}", before.get(block.key)
            try:
                if wrong := list(block_mistakes(block, labs)):
                    raise NotRecorded("\n".join(wrong))
                lab = labs[block.lab]
                current = old is not None and is_current(block, old, lab)
                kept[block.key] = (
                    old if old and current and not again else record(block, lab, running, old if current else None)
                )
            except (NotRecorded, EngineError) as error:
                failed += 1
                self.stderr.write(f"{where}: {error}")
                if old:
                    kept[block.key] = old
                continue
            said = "is as it was" if kept[block.key] == old else "is recorded"
            self.stdout.write(f"{where}: The output of {lab.id} {said}.")
        if kept != dict(before):
            write_outputs(file_of(Path(lesson.file)), kept.items())
        return failed
