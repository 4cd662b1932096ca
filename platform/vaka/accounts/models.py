"""People. Their roles are Django groups, so that a site's admin gives and takes them without a release."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property

MENTORS = "mentors"
INSTRUCTORS = "instructors"


class User(AbstractUser):
    """Somebody with an account. Everybody is a trainee; some are also mentors or instructors."""

    time_zone = models.CharField(max_length=64, default="UTC")

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(group.name for group in self.groups.all())  # .all(): of a list they are fetched at once

    @property
    def is_mentor(self) -> bool:
        return MENTORS in self._groups

    @property
    def is_instructor(self) -> bool:
        return self.is_staff or INSTRUCTORS in self._groups

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username
