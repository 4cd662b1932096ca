"""The cables panel: the cables that the learner may change, and how the drawing and the list describe them."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext

from labs.engine.definition.spec import Lab, Link
from labs.engine.shared.cable import Cable
from labs.lifecycle import cables, captures
from labs.pages.panel import Panel


def link_word(state: str, cable: Cable) -> tuple[str, str] | None:
    """Return a shape and a word for a link that the drawing marks; None if it is as it should be, or if that is not known."""
    if state == "down" or not cable.up:
        return "fail", gettext("down")
    impairments = [
        word
        for word, applies in (
            (gettext("slow"), cable.rate),
            (gettext("late"), cable.delay),
            (gettext("lossy"), cable.loss),
        )
        if applies
    ]
    if impairments:
        return "wait", impairments[0] if len(impairments) == 1 else gettext("impaired")
    return None


@dataclass(frozen=True, slots=True)
class CableView:
    """A cable that the learner may change. ``near`` is the learner's end of it."""

    number: int  # in the lab
    name: str
    near: str
    cable: Cable

    @classmethod
    def of(cls, number: int, link: Link, cable: Cable, lab: Lab) -> "CableView":
        near = next(end for end in link.ends if lab.nodes[end.node].learner and lab.nodes[end.node].has_shell)
        return cls(number, f"{link.a} – {link.b}", str(near), cable)

    @property
    def words(self) -> str:
        """The differences of the cable from its state at the start, in words."""
        cable = self.cable
        found = [] if cable.up else [gettext("unplugged")]
        found += [gettext("%(rate)d kbit/s") % {"rate": cable.rate}] if cable.rate else []
        found += [gettext("%(delay)d ms delay") % {"delay": cable.delay}] if cable.delay else []
        found += [gettext("%(loss)g %% loss") % {"loss": cable.loss}] if cable.loss else []
        return ", ".join(found)


class CablesPanel(Panel):
    @cached_property
    def all(self) -> list[CableView]:
        """The cables that the learner may change: in a class lab, those with an end at one of their nodes."""
        allowed = list(captures.cables(self.lab))
        numbered = ((number, link) for number, link in enumerate(self.lab.links) if link in allowed)
        return [CableView.of(number, link, cables.now(self.session, link), self.lab) for number, link in numbered]

    @property
    def changed(self) -> list[CableView]:
        return [view for view in self.all if not view.cable.is_plain]
