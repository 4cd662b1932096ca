"""The networks that a course shows without offering them as labs: folders ``networks/NAME`` in the folder of the course.

They are written as labs are, so that an output can be recorded in them, and they need not be proven.
"""

from pathlib import Path

from labs.engine.authoring.catalog import check_folder
from labs.engine.definition.spec import Lab
from labs.registry.versions import all_labs
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors


def labs_and_networks(content: Path) -> dict[str, Lab]:
    """Return by id the labs in which an output can be recorded: those of the catalogue, and these. Raises AuthoringErrors."""
    found = {lab.id: lab for lab in all_labs()}
    wrong: list[AuthoringError] = []
    for folder in sorted(content.glob("*/networks")):
        networks, errors = check_folder(folder)
        wrong += errors
        for network in networks.values():
            if network.id in found:
                message = (
                    f'{found[network.id].folder} has the id "{network.id}" too; ids are unique. Choose another one.'
                )
                wrong.append(AuthoringError(str(network.folder / "lab.yaml"), 1, message))
            found.setdefault(network.id, network)
    if wrong:
        raise AuthoringErrors(wrong)
    return found
