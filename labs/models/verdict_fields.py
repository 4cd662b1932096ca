"""The fields that hold what one check found."""

from django.db import models

UNKNOWN = "unknown"  # the outcome of a check that could not be run


class VerdictFields(models.Model):
    """The verdict on one check. Each text is a stored Text (labs.engine.translatable_text) that may come from a hostile lab."""

    check_id = models.CharField(max_length=100)
    stage = models.CharField(max_length=100)
    outcome = models.CharField(max_length=10)
    points = models.PositiveIntegerField()
    out_of = models.PositiveIntegerField()
    expected = models.JSONField()
    seen = models.JSONField()
    cause = models.JSONField(null=True)
    command = models.TextField(blank=True)
    node = models.CharField(max_length=32, blank=True)
    read_more = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.check_id}: {self.outcome}"
