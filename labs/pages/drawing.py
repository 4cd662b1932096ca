"""The drawing panel: the drawing, the state of each link in it, and the same as a list of interfaces."""

from functools import cached_property

from labs.engine.definition.spec import Interface, Lab
from labs.engine.drawing import Area, Drawing, Line, draw
from labs.engine.runtime import link_state
from labs.lifecycle import cables
from labs.pages.cables import CablesPanel, CableView, link_word
from labs.pages.page_subject import PageSubject
from labs.pages.panel import Panel

DRAWINGS_KEPT = 500
ROOMY = 1.4  # times the size in which a drawing is laid out: the size that it gets on a large screen
_drawings: dict[tuple[object, ...], Drawing] = {}


def drawing_of(lab: Lab) -> Drawing:
    """Return the drawing. It is made once for each version of a lab and each seed, and in a class lab for each seat."""
    key = lab.id, lab.version, lab.seed, *(node.name for node in lab.nodes.values() if node.learner)
    if key not in _drawings:
        if len(_drawings) >= DRAWINGS_KEPT:
            _drawings.clear()
        _drawings[key] = draw(lab)
    return _drawings[key]


def interfaces_of(lab: Lab) -> list[tuple[Interface, Interface, str]]:
    """Return each interface, the one at the other end of its link, and the link's label."""
    pairs = [(near, far, link.label) for link in lab.links for near, far in (link.ends, link.ends[::-1])]
    return sorted(pairs, key=lambda pair: (pair[0].node, pair[0].name))


class DrawingPanel(Panel):
    def __init__(self, subject: PageSubject, cables: CablesPanel) -> None:
        super().__init__(subject)
        self.cables = cables

    @cached_property
    def drawn(self) -> Drawing:
        return drawing_of(self.lab)

    @property
    def roomy_width(self) -> int:
        """The width that the drawing gets on a large screen, in px. The pane gives it as much of that as it has."""
        return round(ROOMY * self.drawn.width)

    @property
    def cable_lines(self) -> list[tuple[Line, CableView]]:
        """The lines of the drawing that the learner can select, while the lab runs."""
        return [(self.drawn.lines[view.number], view) for view in self.cables.all] if self.subject.is_ready else []

    @property
    def link_states(self) -> list[tuple[Area, str, str]]:
        """The defect of a link, as a shape and a word, and where the drawing shows it; nothing for links that are well."""
        return [(area, *what) for area, what in zip(self.drawn.marks, self._link_words, strict=True) if what]

    @property
    def down(self) -> list[int]:
        """The numbers of the links that are down."""
        return [number for number, what in enumerate(self._link_words) if what and what[0] == "fail"]

    @cached_property
    def _link_words(self) -> list[tuple[str, str] | None]:
        """The shape and the word of each link with a defect; None for links that are well."""
        if not self.subject.is_ready:
            return [None] * len(self.lab.links)
        # In an exam nobody looks at the links after the start, so what is known of them is soon wrong
        ends = self.session.ends if self.session and not self.session.exam else {}
        return [link_word(link_state.state(link, ends), cables.now(self.session, link)) for link in self.lab.links]

    @property
    def interfaces(self) -> list[tuple[Interface, Interface, str]]:
        return interfaces_of(self.lab)
