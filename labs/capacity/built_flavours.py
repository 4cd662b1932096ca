"""The flavours of the lab image that are built. A session whose lab needs another one waits until its image is built."""

from functools import cached_property

from django.utils import timezone

from labs.engine.runtime import flavours
from labs.models import FlavourBuild, LabSession
from labs.registry import versions


class BuiltFlavours:
    """The flavours that are built, at one moment. One query serves a whole queue; a queue without flavours needs no query."""

    @cached_property
    def _built(self) -> dict[str, str]:
        return dict(FlavourBuild.objects.built().values_list("flavour", "tag"))

    def has(self, flavour: str) -> bool:
        """Whether labs with this flavour can start; without a flavour they start from the lab image itself."""
        return not flavour or (flavour in self._built and self._built[flavour] == flavours.tag_of(flavour))

    def has_or_wants(self, flavour: str) -> bool:
        """As ``has``, but requests an image that is missing."""
        if self.has(flavour):
            return True
        want(flavour)
        return False


def flavour_of(session: LabSession) -> str:
    """Return the flavour that a session's lab names; empty for none, and for a lab that the site does not have any more."""
    try:
        return versions.version(session.lab, session.lab_version).image if session.lab else ""
    except versions.NoSuchLab:
        return ""


def want(flavour: str, *, is_lost: bool = False) -> None:
    """Request the image of a flavour, unless it was requested before. A build that failed is tried again.

    IS_LOST: the engine does not have it, whatever the row says.
    """
    asked = {
        "tag": flavours.tag_of(flavour),
        "state": FlavourBuild.State.WANTED,
        "state_at": timezone.now(),
        "error": "",
    }
    row, new = FlavourBuild.objects.get_or_create(flavour=flavour, defaults=asked)
    if new or (row.tag == asked["tag"] and row.is_under_way):
        return
    if is_lost or row.tag != asked["tag"] or row.state == FlavourBuild.State.FAILED:
        FlavourBuild.objects.filter(pk=row.pk, state=row.state, state_at=row.state_at).update(**asked)


def being_built(session: LabSession) -> bool:
    """Whether a session waits for its image."""
    return not BuiltFlavours().has(flavour_of(session))
