"""The host on which labs run."""

from typing import Self

from django.conf import settings
from django.db import models

MB = 1 << 20


class Host(models.Model):
    """The host's memory and cores for labs. Its row is the lock under which sessions are admitted."""

    name = models.CharField(max_length=100, unique=True)
    memory = models.PositiveBigIntegerField()  # bytes that labs may take
    cores = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name}: {self.memory // MB} MB, {self.cores:g} cores"

    @classmethod
    def is_here(cls) -> Self:
        """Write the capacity of this host. Only a process on the engine's host may call this."""
        capacity = {"memory": settings.LAB_MEMORY_MB * MB, "cores": settings.LAB_CORES}
        host, new = cls.objects.get_or_create(name="", defaults=capacity)
        if not new:  # written each time: this shows that the caller can write (labs.lifecycle.worker_health)
            cls.objects.filter(pk=host.pk).update(**capacity)
            host.refresh_from_db()
        return host

    @classmethod
    def known(cls) -> Self:
        return cls.objects.first() or cls.is_here()

    @classmethod
    def locked(cls) -> Self:
        """Return the row, locked for this transaction. (On SQLite every writing transaction of ours is alone.)"""
        return cls.objects.select_for_update(no_key=True).first() or cls.is_here()
