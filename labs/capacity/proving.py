"""Proves labs within this machine's capacity, and remembers which labs were proven before."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from django.conf import settings

from labs.capacity.costs import estimate
from labs.engine.authoring.catalog import SEEDS, check_folder, check_lab
from labs.engine.definition.spec import Lab
from labs.engine.proof import trial
from labs.engine.proof.author_run import find_lab_folder
from labs.engine.proof.parallel import LABS_PER_CORE, Capacity, parallel_runner
from labs.engine.proof.proof import Proof, conclude, trials
from labs.engine.proof.record import ProofRecords
from labs.engine.proof.trial import Trial, TrialResult
from labs.engine.runtime import flavour_build
from labs.engine.runtime.driver import Engine
from labs.models.host import MB
from labs.typed_yaml.errors import AuthoringErrors


def labs_of(names: Sequence[str]) -> list[Lab]:
    """Return the labs of these ids and folders, or all labs of the site. Raises AuthoringErrors."""
    catalog = Path(settings.LAB_CATALOG)
    if not names:
        labs, errors = check_folder(catalog, SEEDS)
    else:
        read = [check_lab(folder, SEEDS) for folder in dict.fromkeys(find_lab_folder(name, catalog) for name in names)]
        labs = {lab.id: lab for lab, _errors in read if lab}
        errors = [error for _lab, wrong in read for error in wrong]
    if errors:
        raise AuthoringErrors(errors)
    return list(labs.values())


def machine_capacity(labs_per_core: int = LABS_PER_CORE) -> Capacity:
    """Return what this machine has for labs."""
    return Capacity(
        settings.LAB_MEMORY_MB * MB, int(settings.LAB_CORES), lambda lab: estimate(lab).memory, labs_per_core
    )


def prove(labs: Sequence[Lab], *, again: bool, on_proof: Callable[[Proof, bool], None]) -> list[Proof]:
    """Return the proof of each lab. ``on_proof`` is called with each proof, and whether it was stored before."""
    records = ProofRecords(Path(settings.STATE_DIR) / "proofs.json", packages({lab.image for lab in labs}))
    proofs: dict[str, Proof] = {}
    for lab in labs:
        if not again and (old := records.get(lab)):
            proofs[lab.id] = old
            on_proof(old, True)
    new = {lab.id: lab for lab in labs if lab.id not in proofs}
    for proof in _proofs(new) if new else ():
        proofs[proof.lab] = proof
        records.store(new[proof.lab], proof)
        on_proof(proof, False)
    return [proofs[lab.id] for lab in labs]


def packages(flavours: Collection[str]) -> dict[str, str]:
    """Return the hash of the packages in the image of each flavour, which is built first if it is missing.

    Empty if there is no lab image, so that nothing can be proven. Raises ImageNotBuilt.
    """
    with closing(Engine(settings.SITE_ID_TEXT)) as engine:
        if engine.image() is None:
            return {}
        for flavour in flavours:
            if engine.image(flavour) is None:
                flavour_build.build(flavour)
        return {image.flavour: image.packages for image in engine.images()}


def _proofs(labs: Mapping[str, Lab]) -> Iterator[Proof]:
    """Run the trials of all labs in parallel. Yield each lab's proof when the last of its trials has ended."""
    every = [one for lab in labs.values() for one in trials(lab)]
    left = Counter(one.lab.id for one in every)
    results: dict[str, list[tuple[Trial, TrialResult]]] = {name: [] for name in labs}
    with parallel_runner(machine_capacity()) as runner:
        for one, result in runner.run_all(every, lambda one: trial.run(one, runner)):
            name = one.lab.id
            results[name].append((one, result))
            left[name] -= 1
            if not left[name]:
                yield conclude(labs[name], results[name])
