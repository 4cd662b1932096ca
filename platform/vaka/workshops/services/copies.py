"""Copies of trainees' labs that the team of a workshop has open: they end with the permission to look into the labs."""

from collections.abc import Collection
from uuid import UUID

from labs import permissions
from labs.lifecycle import services
from labs.models import LabSession
from vaka.accounts.models import User
from vaka.workshops import visible_to_team
from vaka.workshops.models import Workshop


def of_team(workshop: Workshop, trainee: User | None = None) -> list[UUID]:
    """Return the ids of the live copies that the team has of the labs of the workshop, or only of those of one trainee."""
    labs = visible_to_team.lab_sessions(workshop)
    if trainee:
        labs = labs.filter(learner=trainee)
    team = workshop.team.values("user")
    live = LabSession.objects.live().filter(copy_of__in=labs.values("pk"), learner__in=team)
    return list(live.values_list("pk", flat=True))


def stop_forbidden(ids: Collection[UUID]) -> None:
    """Stop those of these copies whose owner may not look into the copied lab any more."""
    for copied in LabSession.objects.live().filter(pk__in=ids).select_related("learner", "copy_of"):
        looks_into = permissions.of(copied.learner) if copied.learner else LabSession.objects.none()
        if copied.copy_of and not looks_into.filter(pk=copied.copy_of.pk).exists():
            services.stop_session(copied)
