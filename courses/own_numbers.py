"""Fills the places of a lesson with the numbers of its reader: their own, if a seed was drawn for them; otherwise the author's."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.author_values import own_values
from courses.content import Lesson
from courses.number_places import MARK, Place, Screen, Value
from courses.terminal_prompts import highlighted
from labs.engine.authoring.filling import Filling, Unfilled
from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.registry import seeds, versions
from labs.translations import authored
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """The labs of a lesson, each with the seed of its reader. A lab that the site does not have is missing."""

    lesson: Lesson
    labs: Mapping[str, Lab]

    @property
    def own(self) -> list[Lab]:
        """The labs whose numbers are the reader's own."""
        return [lab for lab in self.labs.values() if lab.seed]

    @property
    def examples(self) -> list[Lab]:
        """The labs whose numbers are the author's, while each learner has others."""
        return [lab for lab in self.labs.values() if lab.parameters and not lab.seed]

    def fill(self, html: SafeString) -> SafeString:
        """Return a part of the lesson with all places filled."""
        places = self.lesson.places
        return mark_safe(MARK.sub(lambda mark: self._filled(places[int(mark[1])]), html))  # noqa: S308  # each place is escaped

    def _filled(self, place: Place) -> str:
        lab = self.labs.get(place.lab)
        if isinstance(place, Value):
            return escape(value(place, lab))
        if isinstance(place, Screen):
            return highlighted(with_numbers_of(lab, place) if lab else place.text)
        return _source(lab, place.screen)


def numbers_for(reader: User | AnonymousUser, lesson: Lesson) -> OwnNumbers:
    """Return the numbers to show to this reader. It takes one query, and none for a lesson without places."""
    wanted = sorted({place.lab for place in lesson.places})
    drawn = seeds.kept_for(reader, wanted) if wanted and reader.is_authenticated else {}
    labs: dict[str, Lab] = {}
    for lab in wanted:
        # A lab may be missing on this site; or its author has changed it, and the seed fits no more: then the author's numbers stay
        with suppress(versions.NoSuchLab):
            labs[lab] = versions.newest(lab)
            labs[lab] = versions.newest(lab, drawn.get(lab, PLAIN))
    return OwnNumbers(lesson, labs)


def value(number: Value, lab: Lab | None) -> str:
    """Return the value in the lab; the placeholder itself if there is none (check_content reports that)."""
    try:
        return Filling(lab.parameters if lab else {}).value(number.what)
    except Unfilled:
        return number.what


def with_numbers_of(lab: Lab, screen: Screen) -> str:
    """Return what the author's lab printed with the values of this lab in place of the author's."""
    return own_values(lab, screen.own).put_into(screen.text) if lab.seed else screen.text


def _source(lab: Lab | None, screen: Screen) -> str:
    if lab is None:
        return escape(_("Recorded in a running network."))
    link = format_html('<a href="{}">{}</a>', reverse("labs:lab", args=[lab.id]), authored(lab.title))
    if lab.seed:
        said = _("Recorded in the lab %(lab)s, and shown with your addresses, names and numbers.")
        if own_values(lab, screen.own).leave_some_in(with_numbers_of(lab, screen)):
            said += " " + _("Other values are as recorded, and can differ in your lab.")
    elif lab.parameters:
        said = _("Recorded in the lab %(lab)s. Example values.")
    else:
        said = _("Recorded in the lab %(lab)s.")
    return escape(said) % {"lab": link}
