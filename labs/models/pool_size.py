"""How many labs should wait in the pool: set by staff, for a lab, or for a workshop that has its times."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PoolSize(models.Model):
    """How many of one lab wait ready; with times, from a while before the first until the last."""

    lab = models.SlugField(_("lab"), max_length=100, blank=True, help_text=_("Empty: containers that any lab can use."))
    workshop = models.CharField(_("workshop"), max_length=100, blank=True)
    from_at = models.DateTimeField(_("from"), null=True, blank=True)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    at_start = models.PositiveSmallIntegerField(
        _("at the start"), default=0, help_text=_("So many are ready when it begins; they are built before.")
    )
    most = models.PositiveSmallIntegerField(
        _("most"), default=0, help_text=_("So many wait while the computer has room; used ones are built again.")
    )
    reserved = models.PositiveSmallIntegerField(
        _("reserved"), default=0, help_text=_("So many wait even when others wait for room.")
    )

    class Meta:
        ordering = ["from_at", "lab"]
        verbose_name = _("labs kept ready")
        verbose_name_plural = _("labs kept ready")

    def __str__(self) -> str:
        return f"{self.workshop or self.lab or gettext('Empty containers')}: {max(self.most, self.at_start)}"

    def clean(self) -> None:
        if self.from_at and self.until_at and self.until_at <= self.from_at:
            raise ValidationError({"until_at": gettext("It ends before it begins.")})
        if self.at_start and not self.from_at:
            raise ValidationError({"at_start": gettext("Say from when: so many are built before that.")})

    def is_on(self, now: datetime) -> bool:
        lead = timedelta(minutes=settings.LAB_POOL_LEAD_MINUTES)
        begun = self.from_at is None or now >= self.from_at - lead
        return begun and (self.until_at is None or now < self.until_at)
