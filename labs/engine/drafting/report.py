"""The report of a draft for its author: its checks, what was dropped and why, and what is left to do."""

from collections.abc import Iterator

from labs.engine.drafting.drafting import Draft
from labs.engine.drafting.lab_without_checks import Unchecked


def report(made: Draft, lab: Unchecked) -> Iterator[str]:
    """Yield the lines of the report."""
    if made.answers:
        yield "What the terminals answered to the solution:"
        yield from (f"  {one}" for one in made.answers)
    for stage, title in lab.stages.items():
        here = [one for one in made.checks if one.found.stage == stage]
        longest = max((one.within for one in here), default=0)
        yield f"\n{stage}: {title} (with a wrong answer the learner waits up to {longest} s)"
        for one in here:
            candidate = one.found.candidate
            marks = [*(["hidden"] if one.is_hidden else []), *(["own node"] if one.found.is_own else [])]
            about = f"notices {len(one.found.notices)}{''.join(f', {mark}' for mark in marks)}"
            yield f"  {one.points:3}  {candidate.type:16} {one.id:24} {candidate.title} ({about})"
    yield f"\n{len(made.mutants)} mutants: {', '.join(one.id for one in made.mutants) or 'none'}"
    yield f"{made.unneeded} more checks pass. They are not in the draft, because the other checks notice each mistake without them."
    for flapping in made.flapping:
        yield f"Dropped, because it did not pass every time: {flapping.title} ({flapping.type})"
    for absence in made.without_control:
        yield f"Dropped, because no other check can be its control: {absence.title} ({absence.type})"
    if made.unnoticed:
        yield "No check notices when these lines are left out. Write a check, remove the line, or give a reason in unnoticed:"
        yield from (f"  {line}" for line in made.unnoticed)
    for stage in made.empty_stages:
        yield f'Nothing in the network changes in the stage "{stage}". Is its check the right one?'
