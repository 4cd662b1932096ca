"""The audit in labs of image flavours: all attacks in labs of named flavours, or a few in a lab of each flavour that is built."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from labs.engine.runtime import flavour_build
from labs.engine.runtime.driver import Engine
from rigs.audit.attack import Family
from rigs.audit.families.flavours import OWN, of_flavour
from rigs.audit.run import Result, audit

type Tell = Callable[[Result], None]


def audit_in(flavours: Sequence[str], wanted: Sequence[Family], tell: Tell) -> list[Result]:
    """Make the attacks in labs of each of these flavours, with those that try what packages bring."""
    results = []
    for name in flavours:
        flavour_build.build(name)
        families = [replace(family, name=f"{family.name} ({name})") for family in wanted]
        results += audit([*families, Family(f"flavour {name}", OWN)], tell, image=name)
    return results


def audit_built(words: Sequence[str], tell: Tell) -> list[Result]:
    """Make a few attacks in a lab of each image flavour that is built. WORDS: only families whose name contains one of them."""
    with closing(Engine("audit")) as engine:
        families = {image.flavour: of_flavour(image.flavour) for image in engine.images() if image.flavour}
    results = []
    for name, family in families.items():
        if not words or any(word in family.name for word in words):
            results += audit([family], tell, image=name)
    return results
