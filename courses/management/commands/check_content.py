"""Checks the content of all courses and reports every error."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses import class_material
from courses.lab_references import mistakes
from courses.loader import load
from courses.networks import labs_and_networks
from labs.registry.versions import all_labs
from labs.typed_yaml.authoring_errors import AuthoringErrors


class Command(BaseCommand):
    help = "Check all courses and print every error with its file and line."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            courses = load(settings.COURSE_CONTENT, {lab.id for lab in all_labs()})
            if wrong := list(mistakes(courses, labs_and_networks(settings.COURSE_CONTENT))):
                raise AuthoringErrors(wrong)
        except AuthoringErrors as found:
            for error in found.errors:
                self.stderr.write(str(error))
            raise CommandError(f"Errors found: {len(found.errors)}. Correct them, each at its line.") from found
        for warning in (one for course in courses.values() for one in class_material.missing(course)):
            self.stdout.write(f"Warning: {warning}")
        lessons = sum(1 for course in courses.values() for _ in course.lessons())
        self.stdout.write(f"{len(courses)} courses, {lessons} lessons: no errors.")
