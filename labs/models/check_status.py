"""The present state of each check of a session."""

from django.db import models

from labs.models.verdict_fields import VerdictFields

KNOWN = ("passed", "failed", "waiting")


class CheckStatus(VerdictFields):
    """The last verdict of one check, from an attempt or a live check. After a reset its outcome is empty until the next one.

    Rows are written by labs.lifecycle.check_statuses. An attempt keeps its own verdicts (VerdictRecord).
    """

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="check_statuses")
    since = models.DateTimeField()  # when the outcome became what it is
    seen_at = models.DateTimeField()  # the last time that this outcome was observed and written
    missed = models.BooleanField(default=False)  # the last run saw nothing: the row holds the verdict before it
    first_passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["session", "check_id"], name="labs_one_status_per_check")]

    @property
    def is_known(self) -> bool:
        return self.outcome in KNOWN
