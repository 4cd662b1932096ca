"""A condition of a template compares with values that exist: a value that was renamed makes it silently true or false for ever."""

import ast
import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from courses import slides
from courses.quiz_file import KINDS
from labs.engine.author_runs.preview_copy import CopyState
from labs.engine.definition.spec import Kind as NodeKind
from labs.models import Attempt, FlavourBuild, Job
from labs.models.states import State
from labs.pages import live_map, peerings
from labs.pages.status import WhyStopped
from vaka.accounts.models import AccountStatus
from vaka.mentoring import questions
from vaka.mentoring.models import Note
from vaka.mentoring.pages import mentors_hour, timeline
from vaka.search import site_index
from vaka.workshops.models import AgendaItem, Role, SeatLogEntry
from vaka.workshops.room import needs, projector_progress

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("courses", "labs", "platform")
ATTRIBUTES = "kind|state|status|role|reach|account_status|why_stopped"
CONDITION = re.compile(rf"""\b(?:(\w+)\.)?({ATTRIBUTES})\s*[!=]=\s*["']([^"']*)["']""")

# What a template compares, by its app: the choices that it has, or the module that makes the values
VALUES: dict[str, Iterable[str] | ModuleType] = {
    "accounts person.account_status": AccountStatus.values,
    "accounts user.account_status": AccountStatus.values,
    "courses question.kind": KINDS,
    "courses slide.kind": list(slides.SlideKind),
    "labs box.kind": list(NodeKind),
    "labs build.state": FlavourBuild.State.values,
    "labs copy.state": list(CopyState),
    "labs job.kind": Job.Kind.values,
    "labs page.state": [*State.values, "none"],
    "labs status.why_stopped": list(WhyStopped),
    "mentoring about.kind": questions,
    "mentoring attempt.kind": Attempt.Kind.values,
    "mentoring event.kind": timeline,
    "mentoring need.kind": mentors_hour.MINUTES,
    "mentoring note.reach": Note.Reach.values,
    "search page.kind": site_index,
    "workshops .kind": live_map,
    "workshops cell.kind": live_map,
    "workshops entry.kind": SeatLogEntry.Kind.values,
    "workshops item.kind": AgendaItem.Kind.values,
    "workshops need.kind": ["hand", *needs.UNASKED],
    "workshops pair.kind": peerings,
    "workshops person.role": Role.values,
    "workshops session.state": State.values,
    "workshops step.kind": projector_progress,
}


def compared():
    """(template, what is compared, with which value) of each condition."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("templates/**/*.*")):
            for what, attribute, value in CONDITION.findall(path.read_text()):
                yield path.relative_to(ROOT), f"{path.parent.name} {what}.{attribute}", value


def values(source):
    if not inspect.ismodule(source):
        return set(source)
    tree = ast.parse(inspect.getsource(source))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_each_value_in_a_condition_of_a_template_exists():
    found = list(compared())
    assert len(found) > 60
    unknown = {what for _path, what, _value in found} - set(VALUES)
    assert unknown == set(), "say in VALUES which values it can have"
    known = {what: values(source) for what, source in VALUES.items()}
    assert [f"{path}: {what} is never {value!r}" for path, what, value in found if value not in known[what]] == []


def test_the_table_has_no_row_without_a_condition():
    assert set(VALUES) - {what for _path, what, _value in compared()} == set()
