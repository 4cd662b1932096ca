"""The stages whose solution the site has shown to a person."""

from django.conf import settings
from django.db import models


class ShownStage(models.Model):
    """One stage of a lab whose solution a person could read on nodes, where the site had typed it with these values.

    Rows are written by labs.lifecycle.shown_stages. They outlive the session and the class-lab seat in which it happened.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shown_stages")
    lab = models.CharField(max_length=100)
    seed = models.PositiveBigIntegerField(default=0)  # of the lab's parameters
    # Names of the nodes of the class-lab seat, if its values are its own: the seats of the lab are alike. Else empty
    nodes = models.JSONField(default=list, blank=True)
    stage = models.CharField(max_length=100)
    # A digest of what was typed (shown_stages.lines_of): it fits wherever the site would type the same. Empty if nobody knows it
    lines = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "lab", "seed", "nodes", "stage", "lines"], name="labs_one_row_per_shown_stage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.lab}"
