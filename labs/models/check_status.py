"""The present state of each check of a session."""

from datetime import datetime

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
    # When it passed in an attempt, since the last reset of all nodes. From then on it stays passed.
    passed_in_attempt_at = models.DateTimeField(null=True, blank=True)

    reached = models.BooleanField(default=False)  # it has passed since then, if only in a check without a grade
    # When an attempt or a diagnosis gave the cause; empty for the check's own sentence, which a live check gives. A live check
    # of the same failure leaves it.
    cause_at = models.DateTimeField(null=True, blank=True)
    is_cause_found = models.BooleanField(default=False)  # a diagnosis found it: one that is late leaves it, too

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["session", "check_id"], name="labs_one_status_per_check")]

    @property
    def is_known(self) -> bool:
        return self.outcome in KNOWN

    @property
    def is_true(self) -> bool:
        """Whether it passed when it was looked at last."""
        return self.outcome == "passed"

    @property
    def is_passed(self) -> bool:
        """Whether it counts as passed: it is true now, or it passed in an attempt."""
        return self.is_true or self.passed_in_attempt_at is not None

    @property
    def passed_at(self) -> datetime | None:
        """The time of its pass in an attempt, otherwise of its first pass; None if only the site has done it."""
        return self.passed_in_attempt_at or self.first_passed_at

    @property
    def is_lapsed(self) -> bool:
        """Whether it passed in an attempt, and does not pass now."""
        return self.passed_in_attempt_at is not None and self.outcome in ("failed", "waiting")
