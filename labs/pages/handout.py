"""The printed sheet of a lab, with the values of one learner: drawing, addresses and goals. It has no solution and no hints."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from labs.engine.authoring.trainer_and_handout import read_handout
from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Check, Interface, Kind, Lab, Stage
from labs.engine.drawing import Drawing
from labs.pages.drawing import drawing_of, interfaces_of
from vaka.web.markdown import render

SHOWN = "always"  # other checks are hidden from learners until they have passed


@dataclass(frozen=True, slots=True)
class Handout:
    lab: Lab

    @property
    def drawing(self) -> Drawing:
        return drawing_of(self.lab)

    @property
    def text(self) -> SafeString:
        """The author's text for the sheet."""
        return render(read_handout(self.lab))

    @property
    def goals(self) -> list[tuple[Stage, Sequence[Check]]]:
        """The stages with their checks; of a class lab whose seats are alike, those of one seat."""
        lab = seen_from(self.lab, self.lab.seats[0].nodes) if self.lab.has_bots else self.lab
        return [(stage, [check for check in stage.checks if check.show == SHOWN]) for stage in lab.stages]

    @property
    def interfaces(self) -> list[tuple[Interface, Interface, str]]:
        """As ``interfaces_of``; a switch has no addresses."""
        nodes = self.lab.nodes
        return [one for one in interfaces_of(self.lab) if nodes[one[0].node].kind is not Kind.SWITCH]

    @property
    def is_plain(self) -> bool:
        """Whether the values are the author's, while each learner has others."""
        return bool(self.lab.parameters) and not self.lab.seed
