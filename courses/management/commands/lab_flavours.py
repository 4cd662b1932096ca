"""``manage.py lab_flavours``: for docker/setup, which builds the images that the courses need."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.loader import catalogue
from labs.registry import versions
from labs.typed_yaml.authoring_errors import AuthoringErrors


class Command(BaseCommand):
    help = "Print the flavours of the lab image that the labs of the courses need, one a line."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = {
                lesson.lab for course in catalogue(settings.COURSE_CONTENT).values() for lesson in course.lessons()
            }
            images = {lab.image for lab in versions.all_labs() if lab.id in wanted}
        except AuthoringErrors as error:
            raise CommandError(str(error)) from error
        for flavour in sorted(images - {""}):
            self.stdout.write(flavour)
