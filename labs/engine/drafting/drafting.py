"""Drafts the checks of a lab: records it untouched and solved, proposes checks, and keeps those that the running lab bears out.

Each candidate is graded before and after each stage, with several seeds, and with many mistakes. What passes untouched, what
flaps, and what no mistake needs is dropped. The draft is a text for the author to change.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from labs.engine.authoring.catalog import SEEDS
from labs.engine.authoring.own_nodes import share
from labs.engine.checks import TYPES, BadExpect
from labs.engine.definition.spec import Lab
from labs.engine.drafting import lab_without_checks
from labs.engine.drafting.candidates import Candidate
from labs.engine.drafting.draft_runs import (
    Mistake,
    Noticed,
    Passed,
    Recorded,
    all_of,
    common,
    fails,
    grade_repeatedly,
    grade_stages,
    notice,
    record,
)
from labs.engine.drafting.drafted_mutants import DraftedMutant, Lines, left_out, with_other_values, written_lines
from labs.engine.drafting.hints import hints
from labs.engine.drafting.host_proposals import propose_hosts, propose_lines
from labs.engine.drafting.lab_without_checks import Unchecked
from labs.engine.drafting.observed import Observed
from labs.engine.drafting.placeholders import Placeholders
from labs.engine.drafting.routing_proposals import propose_against, propose_routing
from labs.engine.drafting.selection import Drafted, Found, assemble, choose, stage_of
from labs.engine.drafting.traffic_proposals import propose_traffic
from labs.engine.drafting.yaml_draft import OWN_NODES, mutants_text, stages_text
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.proof.solution_lines import units
from labs.typed_yaml.yaml_text import flow

TRIED_WITHIN = 60  # seconds that a candidate may take after the typing
DISTURBED_WITHIN = 15  # seconds that it may take after a change of its own; each failure takes so long
MOST_MUTANTS, MOST_TRIED = 8, 10
MOST_CANDIDATES = 150

type Say = Callable[[str], None]


class CannotDraft(Exception):
    """No draft can be made; the text tells the author why."""


@dataclass(slots=True)
class Draft:
    """``text`` is lab.yaml with the draft. The rest is what the author should know of how it came about."""

    text: str
    checks: list[Drafted]
    mutants: list[DraftedMutant]
    flapping: list[Candidate] = field(default_factory=list)
    without_control: list[Candidate] = field(default_factory=list)
    unneeded: int = 0  # candidates that passed, and without which each mistake is noticed
    unnoticed: list[str] = field(default_factory=list)  # lines of the solution that no check notices
    empty_stages: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # of terminals to the solution's lines


@dataclass(slots=True)
class _Drafting:
    """One run. ``labs`` are the lab with the author's own values, and with those of other seeds."""

    lab: Unchecked
    copy: Path
    runner: ParallelRunner
    say: Say
    labs: list[Lab] = field(default_factory=list)
    names: Placeholders = field(default_factory=lambda: Placeholders({}))
    written: Lines = field(default_factory=dict)
    every: dict[str, Candidate] = field(default_factory=dict)  # by id
    keys: set[str] = field(default_factory=set)
    flapping: list[Candidate] = field(default_factory=list)
    convergence_seconds: float = 0.0  # seconds that the lab may take to converge

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(lab.seed for lab in self.labs)

    def with_checks(self, candidates: Mapping[str, Candidate], mutants: Sequence[DraftedMutant] = ()) -> list[Lab]:
        """The lab with these checks in its last stage, for each seed."""
        last = list(self.lab.stages)[-1]
        found = [
            Drafted(
                found=Found(id=name, candidate=one, stage=last, notices=frozenset()),
                id=name,
                within=DISTURBED_WITHIN if one.do else TRIED_WITHIN,
            )
            for name, one in candidates.items()
        ]
        others = {stage: title for stage, title in self.lab.stages.items() if stage != last}
        text = replace(self.lab, stages=others).stand_in() if others else "stages:\n"
        text += stages_text({last: self.lab.stages[last]}, found, self.names).partition("stages:\n")[2]
        tried = [replace(one, fails=(next(iter(candidates)),)) for one in mutants]
        return lab_without_checks.load(
            self.lab, self.copy, self.lab.text(text, {"mutants": mutants_text(tried)}), self.seeds
        )

    def add(self, proposed: Sequence[Candidate]) -> dict[str, Candidate]:
        """Return those that are new and can be read, with an id each."""
        added: dict[str, Candidate] = {}
        for one in proposed[:MOST_CANDIDATES]:
            if one.key not in self.keys and _can_be_read(one):
                self.keys.add(one.key)
                added[f"c{len(self.every) + len(added)}"] = one
        self.every |= added
        return added


def draft(lab: Unchecked, runner: ParallelRunner, say: Say) -> Draft:
    """Run the lab many times, and return a draft of its checks. Raises AuthoringErrors, EngineError and CannotDraft."""
    with lab_without_checks.copy_of(lab) as copy:
        run = _Drafting(lab, copy, runner, say)
        plain = lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), (0,))
        seeds = (0, *SEEDS) if plain[0].parameters else (0,)
        run.labs = lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), seeds)
        if not any(lines for nodes in plain[0].solution.values() for lines in nodes.values()):
            raise CannotDraft("The solution types nothing. Write solution/NODE.sh, or solve the lab with --by-hand.")
        run.names = Placeholders(plain[0].parameters)
        run.written = written_lines(plain[0], lab.folder)
        return _drafted(run)


def _drafted(run: _Drafting) -> Draft:
    run.say("Solving the lab, and recording its state before and after each stage …")
    recorded = record(run.runner, run.labs[0])
    run.convergence_seconds = recorded.convergence_seconds
    proposed = run.add(_propose(run.labs[0], recorded.steps))
    found = _graded(run, proposed) if proposed else {}
    if not found:
        raise CannotDraft(
            "No proposed check changes from failed to passed. Check the solution, or solve the lab with --by-hand."
        )
    mistakes, noticed, found = _with_mistakes(run, found, recorded)
    chosen = choose(list(found.values()), list(run.lab.stages))
    drafted, left = assemble(chosen, list(found.values()), list(run.lab.stages))
    if not drafted:
        raise CannotDraft(
            "No mistake in the solution makes a proposed check fail, so there is nothing to draft. "
            "Write the checks yourself: new_check prints one of each type."
        )
    texts = {number: (one.unit.node, one.unit.stage, one.unit.at[0]) for number, one in mistakes.items() if one.unit}
    drafted = [replace(one, hint=hints(one, texts, run.written)) for one in drafted]
    seen = {number for one in drafted for number in one.found.notices}
    missing = [
        f"{one.unit.node}: {one.unit.text}" for number, one in mistakes.items() if one.unit and number not in seen
    ]
    made = Draft("", drafted, [], unnoticed=missing, flapping=run.flapping)
    made.without_control = [one.candidate for one in left]
    made.unneeded = len(found) - len(drafted)
    made.empty_stages = [stage for stage in run.lab.stages if all(one.stage != stage for one in found.values())]
    made.answers = [f"{one.node}: {one.line}: {one.told}" for one in recorded.answers if one.told]
    _fill_empty(run, made)
    _add_mutants(run, made, mistakes, noticed)
    return made


def _propose(lab: Lab, steps: Sequence[Observed]) -> list[Candidate]:
    return [*propose_routing(lab, steps), *propose_hosts(lab, steps), *propose_traffic(lab, steps)]


def _can_be_read(candidate: Candidate) -> bool:
    try:
        TYPES[candidate.type].parse(candidate.expect)
    except BadExpect:
        return False
    return True


def _graded(run: _Drafting, candidates: Mapping[str, Candidate]) -> dict[str, Found]:
    """Grade candidates before and after each stage, then the solved lab several times with each seed."""
    run.say(f"Grading {len(candidates)} proposed checks before and after each stage …")
    stages = list(run.lab.stages)
    steps = grade_stages(run.runner, run.with_checks(candidates)[0], run.convergence_seconds).steps
    stage = {name: stage_of(steps, name, stages, absent=one.absent) for name, one in candidates.items()}
    # A trap passes untouched; what it waits for is a mistake.
    stage |= {name: stages[-1] for name, one in candidates.items() if one.trap and name in steps[-1]}
    alive = {name: one for name, one in candidates.items() if stage[name]}
    run.keys -= {one.key for name, one in candidates.items() if name not in alive}  # a mistake may show it again
    if not alive:
        return {}
    run.say(f"Grading the {len(alive)} checks that pass with the solution several times (seeds: {len(run.seeds)}) …")
    grades = [
        result
        for _lab, result in all_of(
            run.runner, run.with_checks(alive), partial(grade_repeatedly, convergence_seconds=run.convergence_seconds)
        )
    ]
    always, flapping = common(grades, alive)
    run.flapping += [alive[name] for name in sorted(flapping)]
    return {
        name: Found(
            id=name,
            candidate=alive[name],
            stage=stage[name] or stages[-1],
            notices=frozenset(),
            seconds=max(one.seconds.get(name, 0.0) for one in grades),
            is_own=alive[name].is_own(run.labs[0]),
        )
        for name in alive
        if name in always
    }


def _with_mistakes(
    run: _Drafting, found: dict[str, Found], recorded: Recorded
) -> tuple[dict[int, Mistake], dict[int, Noticed], dict[str, Found]]:
    """Try each mistake. For those that no candidate notices, propose what the network with the mistake shows."""
    others = list(with_other_values(run.labs[0], run.written))
    lab = run.with_checks({name: one.candidate for name, one in found.items()}, others)[0]
    every = [
        *(Mistake(lab=lab, unit=unit) for unit in units(lab)),
        *(Mistake(lab=lab, mutant=one) for one in lab.mutants),
    ]
    mistakes = dict(enumerate(every))
    noticed = _try(run, mistakes, "mistakes")
    found = _noticing(found, noticed)
    for propose in (_traps, _lines):
        silent = {number: mistakes[number] for number, one in noticed.items() if not one.failed and not one.error}
        more = run.add(propose(run, recorded, silent, noticed)) if silent else {}
        new = _graded(run, more) if more else {}
        if not new:
            continue
        lab = run.with_checks({name: one.candidate for name, one in new.items()}, others)[0]
        again = {number: replace(one, lab=lab) for number, one in silent.items()}
        seen = _try(run, again, "of them again")
        noticed |= {number: one for number, one in seen.items() if one.failed}
        found |= _staged(_noticing(new, seen), mistakes, list(run.lab.stages))
    return mistakes, noticed, found


def _try(run: _Drafting, mistakes: Mapping[int, Mistake], what: str) -> dict[int, Noticed]:
    run.say(f"Trying {len(mistakes)} {what} …")
    numbers = {id(mistake): number for number, mistake in mistakes.items()}
    done = all_of(run.runner, list(mistakes.values()), partial(notice, convergence_seconds=run.convergence_seconds))
    return {numbers[id(mistake)]: result for mistake, result in done}


def _noticing(found: Mapping[str, Found], noticed: Mapping[int, Noticed]) -> dict[str, Found]:
    return {
        name: replace(one, notices=frozenset(number for number, seen in noticed.items() if name in seen.failed))
        for name, one in found.items()
    }


def _staged(found: dict[str, Found], mistakes: Mapping[int, Mistake], stages: Sequence[str]) -> dict[str, Found]:
    """Put each finding that only a mistake shows into the stage in which the mistake is made."""
    made = {}
    for name, one in found.items():
        where = [unit.stage for number in one.notices if (unit := mistakes[number].unit)]
        made[name] = replace(one, stage=min(where, key=stages.index)) if where else one
    return made


def _traps(
    run: _Drafting, recorded: Recorded, silent: Mapping[int, Mistake], noticed: Mapping[int, Noticed]
) -> list[Candidate]:
    solved = recorded.steps[-1]
    return [one for number in silent if (seen := noticed[number].seen) for one in propose_against(solved, seen)]


def _lines(
    run: _Drafting, recorded: Recorded, silent: Mapping[int, Mistake], noticed: Mapping[int, Noticed]
) -> list[Candidate]:
    missing: dict[str, set[str]] = {}
    for mistake in silent.values():
        if mistake.unit:
            missing.setdefault(mistake.unit.node, set()).add(mistake.unit.text)
    return list(propose_lines(run.labs[0], recorded.steps[0], recorded.steps[-1], missing))


def _fill_empty(run: _Drafting, made: Draft) -> None:
    """A lab needs a check in each stage: a stage without one takes the last from end to end of a stage before."""
    stages = list(run.lab.stages)
    for at, stage in enumerate(stages):
        if any(one.found.stage == stage for one in made.checks):
            continue
        before = [one for one in made.checks if one.found.stage in stages[:at]]
        spare = [one for one in before if sum(other.found.stage == one.found.stage for other in before) > 1]
        if not spare:
            raise CannotDraft(f'Nothing in the network changes in the stage "{stage}". Join it with another stage.')
        last = spare[-1]
        moved = replace(last, found=replace(last.found, stage=stage))
        made.checks = [moved if one is last else one for one in made.checks]


def _add_mutants(run: _Drafting, made: Draft, mistakes: Mapping[int, Mistake], noticed: Mapping[int, Noticed]) -> None:
    """Grade the mutants as a proof does, with each seed, and keep those that fail the same checks with all of them."""
    wanted = _worth_trying(run, made, mistakes)
    stages = stages_text(run.lab.stages, made.checks, run.names)
    tried = [replace(one, fails=(made.checks[0].id,)) for one in wanted]
    labs = lab_without_checks.load(run.lab, run.copy, run.lab.text(stages, {"mutants": mutants_text(tried)}), run.seeds)
    run.say(f"Grading {len(wanted)} mutants (seeds: {len(labs)}) …")
    every = [Mistake(lab=lab, mutant=mutant) for lab in labs for mutant in lab.mutants]
    results: dict[str, set[Passed]] = {}
    for mistake, result in all_of(run.runner, every, fails):
        assert mistake.mutant  # noqa: S101 - for the type checker
        results.setdefault(mistake.mutant.id, set()).add(frozenset() if result.error else result.failed)
    order = [one.id for one in made.checks]
    for one in wanted:
        agreed = results.get(one.id, set())
        if len(agreed) == 1 and (failed := next(iter(agreed))) and all(set(m.fails) != failed for m in made.mutants):
            made.mutants.append(replace(one, fails=tuple(sorted(failed, key=order.index))))
    made.mutants = made.mutants[:MOST_MUTANTS]
    blocks = {"mutants": mutants_text(made.mutants)}
    if "own_nodes" not in run.lab.blocks and share(labs[0]).is_large:
        blocks["own_nodes"] = f"own_nodes: {flow(OWN_NODES)}"
    made.text = run.lab.text(stages, blocks)
    lab_without_checks.load(run.lab, run.copy, made.text, run.seeds)


def _worth_trying(run: _Drafting, made: Draft, mistakes: Mapping[int, Mistake]) -> list[DraftedMutant]:
    """Other values first, then lines that are left out: for each check those that it notices, until all have one."""
    others = {one.id: one for one in with_other_values(run.labs[0], run.written)}
    wanted: list[DraftedMutant] = []
    for number, mistake in sorted(mistakes.items(), key=lambda one: one[1].mutant is None):
        if not any(number in one.found.notices for one in made.checks):
            continue
        if mistake.mutant:
            wanted.append(others[mistake.mutant.id])
        elif mistake.unit and (missing := left_out(run.labs[0], run.written, mistake.unit, number)):
            wanted.append(missing)
    return list(itertools.islice(_each_stage_first(wanted), MOST_TRIED))


def _each_stage_first(wanted: Sequence[DraftedMutant]) -> list[DraftedMutant]:
    """One of each kind of line before the second of a kind."""
    seen: dict[str, int] = {}
    ranked = []
    for at, one in enumerate(wanted):
        kind = re.sub(r"\S*[\d<:]\S*", "", one.line)
        seen[kind] = seen.get(kind, 0) + 1
        ranked.append((seen[kind], at, one))
    return [one for _rank, _at, one in sorted(ranked, key=lambda entry: entry[:2])]


__all__ = ["CannotDraft", "Draft", "draft"]
