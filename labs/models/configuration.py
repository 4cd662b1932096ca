"""The configuration of a learner's nodes at each attempt, for the learner and mentors who read the attempt later.

The texts come out of a lab: they are bounded here, and escaped where they are shown.
"""

import json
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Cast, Length
from django.utils import timezone

from labs.engine.runtime.changes import NodeState
from labs.models.attempt import Attempt

LARGEST = 256 * 1024  # bytes of all texts of one attempt, as they are stored
KEPT = 40  # the newest of a learner's attempts at one lab
MOST_BYTES = 20 << 20  # of a learner's attempts at all labs; most of them have 1 to 10 KB


class Configuration(models.Model):
    """The nodes of one attempt, as ``NodeState.as_json``, by their names.

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
        """Keep the nodes of an attempt, once, and delete all but the newest of the learner's, at this lab and in all."""
        nodes, cut = bounded({name: state.as_json() for name, state in states.items()})
        cut = cut or not all(state.complete for state in states.values())
        with transaction.atomic():
            row, _made = cls.objects.get_or_create(attempt=attempt, defaults={"nodes": nodes, "cut": cut})
            same = cls.objects.filter(attempt__learner=attempt.learner_id, attempt__lab=attempt.lab)
            newest = same.order_by("-attempt_id").values_list("pk", flat=True)[:KEPT]
            same.exclude(pk__in=list(newest)).delete()
            cls._make_room(attempt.learner_id)
        return row

    @classmethod
    def _make_room(cls, learner: int) -> None:
        """Delete the oldest of a learner's that do not fit into MOST_BYTES."""
        size = Length(Cast("nodes", models.TextField()))
        every = cls.objects.filter(attempt__learner=learner).order_by("-attempt_id").annotate(size=size)
        rows = every.values_list("pk", "size")
        sums = accumulate(size for _pk, size in rows)
        gone = [pk for (pk, _size), bytes_so_far in zip(rows, sums, strict=True) if bytes_so_far > MOST_BYTES]
        cls.objects.filter(pk__in=gone).delete()

    def before(self) -> "Mapping[str, Any] | None":
        """Return what to compare with: the nodes at the learner's attempt before this one, or at the start of the session.

        The earlier attempt must have had the same seed. None if nothing was kept.
        """
        attempt = self.attempt
        same = {"attempt__learner": attempt.learner_id, "attempt__lab": attempt.lab, "attempt__seed": attempt.seed}
        last = Configuration.objects.filter(**same, attempt__lt=attempt.pk).order_by("-attempt_id").first()
        return last.nodes if last else attempt.session.initial_state or None


def bounded(nodes: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the nodes with names and texts of at most LARGEST bytes in all, and whether some were left out."""
    left, cut = LARGEST, False
    kept: dict[str, Any] = {}

    def fits(text: str | None) -> bool:
        nonlocal left, cut
        size = len(json.dumps(text))  # a letter beyond ASCII takes 6 to 12 bytes
        if size > left:
            cut = True
            return False
        left -= size
        return True

    # Running configurations and networks first: a disk full of files must not push them out
    for name, state in nodes.items():
        texts = {part: state[part] if fits(state[part]) else None for part in ("running", "network")}
        kept[name] = {**texts, "files": {}}
    for name, state in nodes.items():
        files = {path: text for path, text in state["files"].items() if fits(path)}
        kept[name]["files"] = {path: text if fits(text) else None for path, text in files.items()}
    return kept, cut
