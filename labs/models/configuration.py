"""The configuration of a learner's nodes at each attempt, for the learner and mentors who read the attempt later.

The texts come out of a lab: they are bounded here, and escaped where they are shown.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from labs.engine.runtime.changes import NodeState
from labs.models.attempt import Attempt

LARGEST = 256 * 1024  # characters of all texts of one attempt
KEPT = 40  # the newest of a learner's attempts at one lab


class Configuration(models.Model):
    """The nodes of one attempt, as ``NodeState.as_json``: ``{"r1": {"running": text or null, "files": {path: text or null}}}``.

    In a class lab they are the nodes of the seat. ``cut``: some texts were too large to keep.
    """

    attempt = models.OneToOneField("labs.Attempt", on_delete=models.CASCADE, related_name="configuration")
    nodes = models.JSONField(default=dict)
    cut = models.BooleanField(default=False)
    read_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"The nodes of attempt {self.attempt_id}"

    @classmethod
    def keep(cls, attempt: Attempt, states: Mapping[str, NodeState]) -> "Configuration":
        """Keep the nodes of an attempt, once, and delete all but the newest of the learner's at this lab."""
        nodes, cut = bounded({name: state.as_json() for name, state in states.items()})
        cut = cut or not all(state.complete for state in states.values())
        with transaction.atomic():
            row, _made = cls.objects.get_or_create(attempt=attempt, defaults={"nodes": nodes, "cut": cut})
            same = cls.objects.filter(attempt__learner=attempt.learner_id, attempt__lab=attempt.lab)
            newest = same.order_by("-attempt_id").values_list("pk", flat=True)[:KEPT]
            same.exclude(pk__in=list(newest)).delete()
        return row

    def before(self) -> "Mapping[str, Any] | None":
        """Return what to compare with: the nodes at the learner's attempt before this one, or at the start of the session.

        The earlier attempt must have had the same seed. None if nothing was kept.
        """
        attempt = self.attempt
        same = {"attempt__learner": attempt.learner_id, "attempt__lab": attempt.lab, "attempt__seed": attempt.seed}
        last = Configuration.objects.filter(**same, attempt__lt=attempt.pk).order_by("-attempt_id").first()
        return last.nodes if last else attempt.session.initial_state or None


def bounded(nodes: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the nodes with texts of at most LARGEST characters in all, and whether some were left out."""
    left, cut = LARGEST, False
    kept: dict[str, Any] = {}

    def take(text: str | None) -> str | None:
        nonlocal left, cut
        if text is None or len(text) <= left:
            left -= len(text or "")
            return text
        cut = True
        return None

    # Running configurations first: a disk full of files must not push them out
    for name, state in nodes.items():
        kept[name] = {"running": take(state["running"]), "files": {}}
    for name, state in nodes.items():
        kept[name]["files"] = {path: take(text) for path, text in state["files"].items()}
    return kept, cut
