"""Proves labs on this computer: which labs are meant, the capacity for them, and which proofs are still valid."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from django.conf import settings

from labs.capacity.costs import estimate
from labs.engine.authoring.catalog import SEEDS, check_folder, check_lab
from labs.engine.authoring.parse import LabErrors
from labs.engine.definition.spec import Lab
from labs.engine.proof import trial
from labs.engine.proof.proof import Proof, conclude, trials
from labs.engine.proof.record import Kept
from labs.engine.proof.side_by_side import A_CORE, Room, yard
from labs.engine.proof.trial import Trial, Tried
from labs.engine.proof.trying import folder_of
from labs.engine.runtime.driver import Engine
from labs.models.host import MB


def labs_of(names: Sequence[str]) -> list[Lab]:
    """Return the labs of these ids and folders, or all of the site for none. Raises LabErrors."""
    catalog = Path(settings.LAB_CATALOG)
    if not names:
        labs, errors = check_folder(catalog, SEEDS)
    else:
        read = [check_lab(folder, SEEDS) for folder in dict.fromkeys(folder_of(name, catalog) for name in names)]
        labs = {lab.id: lab for lab, _errors in read if lab}
        errors = [error for _lab, wrong in read for error in wrong]
    if errors:
        raise LabErrors(errors)
    return list(labs.values())


def capacity(a_core: int = A_CORE) -> Room:
    """Return what this computer has for labs. A_CORE: how many run at the same time on each core."""
    return Room(settings.LAB_MEMORY_MB * MB, int(settings.LAB_CORES), lambda lab: estimate(lab).memory, a_core)


def prove(labs: Sequence[Lab], *, again: bool, on_proof: Callable[[Proof, bool], None]) -> list[Proof]:
    """Return the proof of each lab. ``on_proof`` is called with each proof, and with whether it was kept from before."""
    kept = Kept(Path(settings.STATE_DIR) / "proofs.json", packages())
    proofs: dict[str, Proof] = {}
    for lab in labs:
        if not again and (old := kept.get(lab)):
            proofs[lab.id] = old
            on_proof(old, True)
    new = {lab.id: lab for lab in labs if lab.id not in proofs}
    for proof in _tried(new) if new else ():
        proofs[proof.lab] = proof
        kept.keep(new[proof.lab], proof)
        on_proof(proof, False)
    return [proofs[lab.id] for lab in labs]


def packages() -> str:
    """Return the packages in the lab image; empty without an image. Nothing can be proven then."""
    with closing(Engine(settings.SITE_ID_TEXT)) as engine:
        found = engine.image()
    return found.packages if found else ""


def _tried(labs: Mapping[str, Lab]) -> Iterator[Proof]:
    """Yield each lab's proof when the last of its trials has ended. The trials of all labs run side by side."""
    jobs = [one for lab in labs.values() for one in trials(lab)]
    left = Counter(job.lab.id for job in jobs)
    done: dict[str, list[tuple[Trial, Tried]]] = {name: [] for name in labs}
    with yard(capacity()) as opened:
        for job, tried in opened.all(jobs, lambda job: trial.run(job, opened)):
            name = job.lab.id
            done[name].append((job, tried))
            left[name] -= 1
            if not left[name]:
                yield conclude(labs[name], done[name])
