"""The image of each flavour on this site: whether it is there, or when its build was asked for and how it ended."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FlavourBuildQuerySet(models.QuerySet["FlavourBuild"]):
    def built(self) -> Self:
        return self.filter(state=FlavourBuild.State.BUILT)

    def under_way(self) -> Self:
        return self.filter(state__in=(FlavourBuild.State.WANTED, FlavourBuild.State.BUILDING))


class FlavourBuild(models.Model):
    """The image of one flavour (labs.engine.runtime.flavours). Reconciliation makes it agree with the engine."""

    class State(models.TextChoices):
        WANTED = "wanted", _("Will be built")
        BUILDING = "building", _("Is being built")
        BUILT = "built", _("Built")
        FAILED = "failed", _("Could not be built")

    flavour = models.CharField(max_length=31, unique=True)
    tag = models.CharField(max_length=100)  # of the image: that of another version of the site does not count
    state = models.CharField(max_length=10, choices=State, default=State.WANTED)
    state_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)  # the end of what the build printed

    objects = FlavourBuildQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.flavour}: {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WANTED, self.State.BUILDING)
