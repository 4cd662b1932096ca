"""Proves labs with what this computer has: which labs are meant, their room, and what was proven before."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from django.conf import settings

from labs.engine.authoring.catalog import SEEDS, check_folder, check_lab
from labs.engine.definition.spec import Lab
from labs.engine.proof import trial
from labs.engine.proof.author_run import folder_of
from labs.engine.proof.parallel import A_CORE, Room, yard
from labs.engine.proof.proof import Proof, conclude, trials
from labs.engine.proof.record import Kept
from labs.engine.proof.trial import Trial, Tried
from labs.engine.runtime.driver import Engine
from labs.models.lab_cost import MB, estimate
from labs.typed_yaml.errors import AuthoringErrors


def labs_of(names: Sequence[str]) -> list[Lab]:
    """Returns the labs of these ids and folders, all of the site's if there are none. Raises AuthoringErrors."""
    catalog = Path(settings.LAB_CATALOG)
    if not names:
        labs, errors = check_folder(catalog, SEEDS)
    else:
        read = [check_lab(folder, SEEDS) for folder in dict.fromkeys(folder_of(name, catalog) for name in names)]
        labs = {lab.id: lab for lab, _errors in read if lab}
        errors = [error for _lab, wrong in read for error in wrong]
    if errors:
        raise AuthoringErrors(errors)
    return list(labs.values())


def room(a_core: int = A_CORE) -> Room:
    """Returns what this computer has, for so many labs at once on each core."""
    return Room(settings.LAB_MEMORY_MB * MB, int(settings.LAB_CORES), lambda lab: estimate(lab).memory, a_core)


def prove(labs: Sequence[Lab], *, again: bool, on_proof: Callable[[Proof, bool], None]) -> list[Proof]:
    """Returns the proof of each lab; ``on_proof`` hears of each when it is there, and whether it is an old one."""
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
    """Which packages are in the lab image; empty without an image, where nothing can be proven."""
    with closing(Engine(settings.SITE_ID_TEXT)) as engine:
        found = engine.image()
    return found.packages if found else ""


def _tried(labs: Mapping[str, Lab]) -> Iterator[Proof]:
    """Yield each lab's proof as soon as the last of its trials has ended; all trials run side by side."""
    jobs = [one for lab in labs.values() for one in trials(lab)]
    left = Counter(job.lab.id for job in jobs)
    done: dict[str, list[tuple[Trial, Tried]]] = {name: [] for name in labs}
    with yard(room()) as opened:
        for job, tried in opened.all(jobs, lambda job: trial.run(job, opened)):
            name = job.lab.id
            done[name].append((job, tried))
            left[name] -= 1
            if not left[name]:
                yield conclude(labs[name], done[name])
