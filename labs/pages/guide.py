"""The guide of a lab (guide.md) as HTML, stage by stage."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from labs.engine.definition.guide import split
from labs.engine.definition.spec import Lab
from labs.hooks import explained
from vaka.web.markdown import render


@dataclass(frozen=True, slots=True)
class Guide:
    intro: SafeString
    stages: dict[str, SafeString]  # by stage id
    outro: SafeString  # sections that belong to no stage


class _Terms:
    """Explains what stands in bold, if the glossary has it: each term once in a guide."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def explain(self, said: str) -> SafeString | None:
        if said.casefold() in self.seen:
            return None
        made = explained(said, f"guide-{len(self.seen) + 1}")
        if made:
            self.seen.add(said.casefold())
        return made


def guide_of(lab: Lab) -> Guide:
    """Return the guide of the lab, with the parameters of its seed filled in."""
    return _read(lab.guide, tuple(stage.id for stage in lab.stages), tuple(lab.nodes), get_language())


@lru_cache(maxsize=256)
def _read(text: str, stages: tuple[str, ...], nodes: tuple[str, ...], language: str | None) -> Guide:
    """Read the guide for one language: the meanings of its terms contain translated texts."""
    guide = split(text, stages)
    # The page shows the lab's title itself
    intro = "\n".join(line for line in guide.intro.splitlines() if not line.startswith("# "))
    outro = "\n".join(f"## {section.title}\n\n{section.body}" for section in guide.sections if not section.stage)
    terms = _Terms()

    def html(part: str) -> SafeString:
        return render(part, nodes=nodes, links_rfcs=True, bold=terms.explain)

    parts = {section.stage: html(section.body) for section in guide.sections if section.stage}
    return Guide(html(intro), parts, html(outro))
