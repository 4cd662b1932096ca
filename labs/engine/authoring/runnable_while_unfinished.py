"""Labs that an author is still writing: they can run, although parts that a run does not need are missing or wrong."""

from pathlib import Path

from labs.engine.authoring.parse import LabReader
from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError


def load_unfinished(folder: Path, seed: int = PLAIN) -> tuple[Lab, list[AuthoringError]]:
    """Return a lab that can run, and what is wrong with the parts that a run does not need: guide, mutants, missing stages.

    Raises AuthoringErrors with all mistakes if the lab cannot run.
    """
    reader = LabReader(folder, seed)
    return reader.load(), sorted(set(reader.unfinished))
