"""People. Their roles are Django groups, so that a site's admin gives and takes them without a release."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

MENTORS = "mentors"
INSTRUCTORS = "instructors"


class User(AbstractUser):
    """Somebody with an account. Everybody is a trainee; some are also mentors or instructors."""

    time_zone = models.CharField(max_length=64, default="UTC")
    link_is_news = models.BooleanField(
        default=False
    )  # a link was made for the account, and its owner has not read so yet

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

    @property
    def last_link(self) -> "LinkMade | None":
        return self.links_made.select_related("by").first()


class LinkMade(models.Model):
    """Somebody made a link to a new password for an account. Its owner reads who, and when."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links_made")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True)  # None: on the server itself
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.by} for {self.person}"
