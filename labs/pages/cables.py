"""How a cable of a lab is shown: a shape and a word in the drawing, and what its learner did to it."""

from dataclasses import dataclass

from django.utils.translation import gettext

from labs.engine.definition.spec import Lab, Link
from labs.engine.shared.cable import Cable


def link_word(state: str, cable: Cable) -> tuple[str, str] | None:
    """A cable in the drawing: a shape and a word; None when nobody knows."""
    if state == "down" or not cable.up:
        return "fail", gettext("down")
    worse = [
        word
        for word, is_so in (
            (gettext("slow"), cable.rate),
            (gettext("late"), cable.delay),
            (gettext("lossy"), cable.loss),
        )
        if is_so
    ]
    if worse:
        return "wait", worse[0] if len(worse) == 1 else gettext("poor")
    return ("pass", gettext("up")) if state == "up" else None


@dataclass(frozen=True, slots=True)
class CableView:
    """A cable that the learner may change. ``near`` is his end of it."""

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
        """What is not as at the start, in words."""
        cable = self.cable
        said = [] if cable.up else [gettext("pulled")]
        said += [gettext("%(rate)d kbit/s") % {"rate": cable.rate}] if cable.rate else []
        said += [gettext("%(delay)d ms late") % {"delay": cable.delay}] if cable.delay else []
        said += [gettext("%(loss)g %% lost") % {"loss": cable.loss}] if cable.loss else []
        return ", ".join(said)
