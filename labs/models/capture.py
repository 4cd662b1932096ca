"""Packet captures."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from labs import events


class Capture(models.Model):
    """Packets of one interface. The lab holds them until the capture ends; then they are two files (labs.lifecycle.captures)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="captures")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True)
    number = models.PositiveIntegerField()  # by which the lab's supervisor knows it
    interface = models.CharField(max_length=40)  # NODE:INTERFACE
    filter = models.CharField(max_length=200, blank=True)
    seconds = models.PositiveSmallIntegerField()
    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=10, blank=True)  # it ended: labs.engine.runtime.client.Captured
    packets = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)  # bytes

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{self.interface} at {self.begun_at:%H:%M:%S}"

    def end(self, why: str, packets: int | None = None, size: int | None = None) -> bool:
        """Write once that the capture has ended; False if that was written before."""
        self.why, self.ended_at = why, timezone.now()
        self.packets = self.packets if packets is None else packets
        self.size = self.size if size is None else size
        fields = {name: getattr(self, name) for name in ("why", "ended_at", "packets", "size")}
        ended = Capture.objects.filter(pk=self.pk, ended_at=None).update(**fields)
        if ended:
            events.publish(self.session_id, "capture", over=True)
        return bool(ended)
