"""The list of sessions for instructors: whose each is, its state or place in the queue, its times, and what it uses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from labs import hooks
from labs.capacity import queue
from labs.capacity.queue import Wait
from labs.engine.runtime.image import Image
from labs.lifecycle import disk_space, image_age, usage
from labs.lifecycle.copies import can_be_copied
from labs.lifecycle.usage import Use
from labs.models import ENDED, LIVE, LabSession, State
from labs.registry import versions
from labs.translations import authored

SHOWN = 200  # live sessions on the page
ENDED_SHOWN, RECENT = 50, timedelta(hours=24)  # ended sessions on the page


@dataclass(frozen=True, slots=True)
class Row:
    session: LabSession
    title: str
    use: Use | None
    wait: Wait | None
    paused_since: datetime | None = None

    @property
    def minutes_left(self) -> int:
        return self.session.minutes_left(self.paused_since)

    @property
    def names(self) -> list[str]:
        """The names of its learner and, in a class lab, of the users who have a seat."""
        learner = self.session.learner
        return [
            *([learner.shown_name] if learner else []),
            *(seat.user.shown_name for seat in self.session.seats.all()),
        ]

    @property
    def is_class(self) -> bool:
        return self.session.is_class or bool(self.session.seats.all())

    @property
    def can_be_copied(self) -> bool:
        return self.session.state == State.READY and can_be_copied(self.session)

    @property
    def since(self) -> datetime:
        return self.session.ready_at or self.session.created_at

    @property
    def can_stop(self) -> bool:
        return self.session.is_live and self.session.state != State.STOPPING

    @property
    def can_skip(self) -> bool:
        return self.session.state == State.READY and self.session.learner is not None

    @property
    def can_extend(self) -> bool:
        return self.session.state == State.READY and self.session.ends_at is not None


@dataclass(frozen=True)
class SessionList:
    """The rows of the page. ``sessions`` are those within reach; ``lab`` and ``words`` are the filters of the form."""

    sessions: QuerySet[LabSession]
    lab: str = ""
    words: str = ""

    @classmethod
    def from_query(cls, query: QueryDict, sessions: QuerySet[LabSession]) -> "SessionList":
        return cls(sessions, query.get("lab", "")[:100], query.get("q", "").strip()[:100])

    @cached_property
    def labs(self) -> dict[str, str]:
        """The titles of all labs, by id."""
        return {lab.id: authored(lab.title) for lab in versions.all_labs()}

    @cached_property
    def usage(self) -> usage.Usage:
        return usage.read()

    @property
    def live(self) -> list[Row]:
        """The live sessions, the oldest first."""
        found = self.filtered(self.sessions.filter(state__in=LIVE)).order_by("created_at")[:SHOWN]
        waits = {session.pk: wait for session, wait in queue.waits()}
        uses, paused = self.usage.labs, hooks.paused()
        return [
            Row(one, self._title(one), uses.get(str(one.pk)), waits.get(one.pk), paused.get(one.pk)) for one in found
        ]

    @property
    def ended(self) -> list[Row]:
        """The sessions that ended recently, the latest first."""
        since = timezone.now() - RECENT
        found = self.filtered(self.sessions.filter(state__in=ENDED, stopped_at__gte=since))
        return [Row(one, self._title(one), None, None) for one in found.order_by("-stopped_at")[:ENDED_SHOWN]]

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def full_disks(self) -> list[disk_space.Disk]:
        return [disk for disk in self.usage.disks if disk.is_nearly_full]

    @cached_property
    def old_images(self) -> list[Image]:
        return image_age.read_old()

    @property
    def megabytes(self) -> int:
        """The memory that all labs use together."""
        return sum(use.megabytes for use in self.usage.labs.values())

    @property
    def query(self) -> str:
        """The query string that keeps the filter; empty if there is none."""
        chosen = {name: text for name, text in (("lab", self.lab), ("q", self.words)) if text}
        return f"?{urlencode(chosen)}" if chosen else ""

    def _title(self, session: LabSession) -> str:
        return self.labs.get(session.lab, session.lab) or gettext("Any lab")

    def filtered(self, sessions: QuerySet[LabSession]) -> QuerySet[LabSession]:
        """Those of the sessions that the filter of the form lets through."""
        sessions = sessions.select_related("learner", "trouble_ticket").prefetch_related("seats__user")
        if self.lab:
            sessions = sessions.filter(lab=self.lab)
        for word in self.words.split():
            named = Q()
            for relation in ("learner", "seats__user"):
                for field in ("username", "first_name", "last_name", "email"):
                    named |= Q(**{f"{relation}__{field}__icontains": word})
            sessions = sessions.filter(named)
        return sessions.distinct()
