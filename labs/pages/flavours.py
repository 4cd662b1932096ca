"""The flavours of the lab image, for the capacity page."""

from dataclasses import dataclass

from labs.engine.runtime import flavours
from labs.engine.runtime.flavours import Flavour
from labs.engine.runtime.image import Image
from labs.lifecycle import image_age
from labs.models import FlavourBuild


@dataclass(frozen=True, slots=True)
class FlavourRow:
    """A flavour: its image if it is there, and its build if one was asked for."""

    flavour: Flavour
    image: Image | None
    build: FlavourBuild | None
    more: int = 0  # bytes beside those of the lab image

    @property
    def versions(self) -> dict[str, str]:
        """The versions of its own packages; empty where it is not built."""
        found = self.image.versions if self.image else {}
        return {name: found.get(name, "") for name in self.flavour.packages}


def flavour_rows() -> list[FlavourRow]:
    images = {image.flavour: image for image in image_age.read_all()}
    builds = {build.flavour: build for build in FlavourBuild.objects.all()}
    base = images[""].size if "" in images else 0
    return [
        FlavourRow(flavour, images.get(name), builds.get(name), images[name].size - base if name in images else 0)
        for name, flavour in flavours.known().items()
    ]
