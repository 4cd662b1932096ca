"""The number of labs that should wait in the pool. Administrators set it for a lab; a workshop sets it for its own times."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PoolSize(models.Model):
    """The number of copies of a lab to keep ready. With times, they are kept from some minutes before the first to the last."""

    lab = models.SlugField(_("lab"), max_length=100, blank=True, help_text=_("Empty: containers that any lab can use."))
    workshop = models.CharField(_("workshop"), max_length=100, blank=True)
    from_at = models.DateTimeField(_("from"), null=True, blank=True)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    at_start = models.PositiveSmallIntegerField(
        _("at the start"), default=0, help_text=_("This many are ready at the start time. They are built before it.")
    )
    most = models.PositiveSmallIntegerField(
        _("most"),
        default=0,
        help_text=_("Up to this many wait while there is free capacity. Used ones are replaced."),
    )
    reserved = models.PositiveSmallIntegerField(
        _("reserved"), default=0, help_text=_("This many are kept even while learners wait in the queue.")
    )

    class Meta:
        ordering = ["from_at", "lab"]
        verbose_name = _("labs kept ready")
        verbose_name_plural = _("labs kept ready")

    def __str__(self) -> str:
        return f"{self.workshop or self.lab or gettext('Empty containers')}: {max(self.most, self.at_start)}"

    def clean(self) -> None:
        if self.from_at and self.until_at and self.until_at <= self.from_at:
            raise ValidationError({"until_at": gettext("The end is not after the start. Choose a later end.")})
        if self.at_start and not self.from_at:
            raise ValidationError({"at_start": gettext("This number needs a start time. Enter one in “from”.")})

    def is_on(self, now: datetime) -> bool:
        lead = timedelta(minutes=settings.LAB_POOL_LEAD_MINUTES)
        begun = self.from_at is None or now >= self.from_at - lead
        return begun and (self.until_at is None or now < self.until_at)
