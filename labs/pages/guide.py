"""The guide of a lab (guide.md) as HTML, stage by stage."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from labs.engine.definition.guide import split
from labs.engine.definition.spec import Lab
from vaka.web.markdown import render


@dataclass(frozen=True, slots=True)
class Guide:
    intro: SafeString
    stages: dict[str, SafeString]  # by stage id
    outro: SafeString  # sections that belong to no stage


def guide_of(lab: Lab) -> Guide:
    """Return the guide of the lab, with the parameters of its seed filled in."""
    return _read(lab.guide, tuple(stage.id for stage in lab.stages), tuple(lab.nodes))


@lru_cache(maxsize=256)
def _read(text: str, stages: tuple[str, ...], nodes: tuple[str, ...]) -> Guide:
    guide = split(text, stages)
    # The page shows the lab's title itself
    intro = "\n".join(line for line in guide.intro.splitlines() if not line.startswith("# "))
    outro = "\n".join(f"## {section.title}\n\n{section.body}" for section in guide.sections if not section.stage)
    parts = {section.stage: render(section.body, nodes=nodes) for section in guide.sections if section.stage}
    return Guide(render(intro, nodes=nodes), parts, render(outro, nodes=nodes))
