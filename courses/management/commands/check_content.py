"""Says what is wrong with the courses, or how many there are."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.loader import load
from labs.registry.versions import all_labs
from labs.typed_yaml.errors import AuthoringErrors


class Command(BaseCommand):
    help = "Read all courses and say what is wrong with them, each with its file and line."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            courses = load(settings.COURSE_CONTENT, {lab.id for lab in all_labs()})
        except AuthoringErrors as found:
            for error in found.errors:
                self.stderr.write(str(error))
            raise CommandError(f"{len(found.errors)} to mend.") from found
        lessons = sum(1 for course in courses.values() for _ in course.lessons())
        self.stdout.write(f"{len(courses)} courses, {lessons} lessons: nothing to mend.")
