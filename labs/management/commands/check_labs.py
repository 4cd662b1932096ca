"""``manage.py check_labs``: reports every mistake in lab folders; with ``--live`` it proves the labs on the engine."""

import json
import logging
import math
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from labs.engine.authoring import absence, drawn_prefixes, new_check, trainer_and_handout, waits
from labs.engine.authoring.catalog import SEEDS, check_folder, lab_folders
from labs.engine.authoring.lab_folders import folders_of, labs_of
from labs.engine.authoring.own_nodes import share, share_error
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.proof import record
from labs.engine.proof.parts import parts_of
from labs.engine.proof.proof import Finding, Proof, Summary, counted
from labs.proving.proving import Proven, prove, try_mutant
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import nearest
from vaka.unbuffered_command import UnbufferedCommand


class Command(UnbufferedCommand):
    help = "Check lab folders and print each mistake with its file and line. With --live, prove the labs on the engine."
    requires_system_checks: list[str] = []
    as_json = False
    tried: int  # labs whose trials ran now
    new: int  # those of them that are proven

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "labs",
            nargs="*",
            metavar="LAB",
            help="folders or ids of labs, and folders that contain labs (default: the catalog)",
        )
        parser.add_argument(
            "--live",
            action="store_true",
            help="prove each lab: start it, type its solution, type it with mistakes, and grade each time",
        )
        parser.add_argument("--json", action="store_true", help="with --live: print the proofs as JSON")
        parser.add_argument(
            "--again", action="store_true", help="with --live: prove also the labs whose proof still holds"
        )
        parser.add_argument(
            "--mutant",
            default="",
            metavar="ID",
            help="with --live and one lab: try only this mutant, with each seed, and record nothing",
        )
        parser.add_argument(
            "--minutes",
            type=float,
            default=math.inf,
            help="with --live: start no trial after this many minutes, and list the labs that were not proven",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["mutant"]:
            self._try_mutant(options["labs"], options["mutant"], live=options["live"])
        elif options["live"]:
            self._live(options["labs"], as_json=options["json"], again=options["again"], minutes=options["minutes"])
        else:
            self._read(options["labs"])

    def _read(self, names: list[str]) -> None:
        try:
            roots = folders_of(names, Path(settings.LAB_CATALOG))
        except AuthoringErrors as wrong:
            self._complain(wrong.errors)
            raise SystemExit(1) from None
        read = [check_folder(root, SEEDS) for root in roots]
        shares = [share(lab) for labs, _wrong in read for lab in labs.values()]
        errors = [error for _labs, wrong in read for error in wrong]
        errors += [found for one in shares if (found := share_error(one))]
        rules = (absence, drawn_prefixes, new_check, trainer_and_handout)
        errors += [error for rule in rules for one in shares for error in rule.mistakes(one.lab)]
        self._complain(errors)
        for warning in (text for one in shares for text in trainer_and_handout.missing(one.lab)):
            self.stdout.write(f"Warning: {warning}")
        for one in shares:
            self.stdout.write(f"{one.lab.id}: {one}")
            self.stdout.write(f"{one.lab.id}: {waits.by_stage(one.lab)}")
            self.stdout.write(f"{one.lab.id}: {_proof_of(one.lab)}")
        count = sum(1 for root in roots for path in lab_folders(root) if (path / "lab.yaml").is_file())
        self.stdout.write(f"{counted(count, 'lab')} checked, {counted(len(errors), 'error')}")
        if errors:
            raise SystemExit(1)

    def _complain(self, errors: list[AuthoringError]) -> None:
        for error in errors:
            self.stderr.write(f"{_shown(error.file)}:{error.line}: {error.message}")

    def _try_mutant(self, names: list[str], mutant: str, *, live: bool) -> None:
        if not live or len(names) != 1:
            raise CommandError("--mutant tries one mutant of one lab. Type: check_labs --live LAB --mutant ID")
        with self._trials():
            labs = labs_of(names, Path(settings.LAB_CATALOG))
            if len(labs) != 1:
                raise CommandError(f"{names[0]} has {counted(len(labs), 'lab')}. Name the folder of one lab.")
            if mutant not in (known := [one.id for one in labs[0].mutants]):
                raise CommandError(f'{labs[0].id} has no mutant "{mutant}": {nearest(mutant, known)}')
            found = try_mutant(labs[0], mutant)
        for one in found:
            self.tell(f"{_shown(one.file)}:{one.line}: {one.text}")
        if found:
            raise SystemExit(1)
        self.tell(f"Mutant {mutant} fails exactly the checks that it names. The lab is not proven by that.")

    @contextmanager
    def _trials(self) -> Iterator[None]:
        """Prepare for real labs, and report the mistakes of authors and the failures of the engine."""
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # an exception, so that the labs are removed
        logging.getLogger("labs").setLevel(logging.ERROR)  # else one log line for each lab would hide the results
        try:
            yield
        except AuthoringErrors as wrong:
            self._complain(wrong.errors)
            raise SystemExit(1) from None
        except EngineError as error:
            raise CommandError(str(error)) from error

    def _live(self, names: list[str], *, as_json: bool, again: bool, minutes: float) -> None:
        self.as_json = as_json
        self.tried = self.new = 0
        began = time.monotonic()
        try:
            with self._trials():
                labs = labs_of(names, Path(settings.LAB_CATALOG))
                proven = prove(labs, again=again, on_proof=self._tell_proof, seconds=60 * minutes)
        except OSError as error:
            raise CommandError(
                f"The record of a proof cannot be written: {error}. Make the folder writable, and prove the lab again."
            ) from error
        total = Summary.of(proven.proofs)
        if as_json:
            report = {
                "labs": [proof.as_json() for proof in proven.proofs],
                "proven": total.proven,
                "score": round(total.score, 2),
                "late": proven.late,
            }
            self.stdout.write(
                json.dumps({**report, "exceptions": total.exceptions, "enough": total.is_enough}, indent=1)
            )
        self._tell_late(proven, minutes)
        if self.tried:
            took = (time.monotonic() - began) / 60
            self.tell(
                f"Tried now: {counted(self.tried, 'lab')} in {took:.1f} minutes, {took / self.tried:.1f} for each."
            )
        if self.new:
            self.tell(f"Proven now: {counted(self.new, 'lab')}. Commit the records in _proofs.")
        self.tell(str(total))
        for proof in proven.proofs:
            if not proof.is_proven:  # once more at the end: of a long log, a CI keeps the last lines
                self.tell(f"{proof.lab} is not proven:")
                self._tell_findings([*proof.problems, *proof.unnoticed])
        if not total.is_enough or proven.must_be_proven:
            raise SystemExit(1)

    def _tell_late(self, proven: Proven, minutes: float) -> None:
        for name, parts in proven.late.items():
            why = "it has no proof" if parts is None else f"changed since its proof: {', '.join(parts) or 'nothing'}"
            self.tell(f"{name:<24} NOT PROVEN in {minutes:g} minutes ({why})")
        if proven.must_be_proven:
            self.tell("Prove these labs with make prove, and commit the records in _proofs.")
        elif proven.late:
            self.tell("Only code that labs share has changed for these. Before a release, prove all: make prove ALL=1")

    def tell(self, text: str) -> None:
        """Write what happens to standard output, or beside it if that carries JSON."""
        (self.say if self.as_json else super().tell)(text)

    def _tell_proof(self, proof: Proof, stored: bool) -> None:
        """Print the result of one lab in a line, and below it what the author must correct."""
        self.tried += not stored
        self.new += not stored and proof.is_proven
        word = "proven" if proof.is_proven else "NOT PROVEN"
        resumed = "" if proof.resumed is None else f", {proof.resumed} points after a resume"
        self.tell(
            f"{proof.lab:<24} {word}{' before' if stored else ''}: {proof.seeds} seeds, {proof.mutants} mutants, "
            f"{proof.answers} other answers, "
            f"{proof.noticed} of {proof.lines} lines noticed{resumed}; start {proof.start_s:.2f} s, {proof.memory_mb:.0f} MB, "
            f"grading {proof.grading_s:.2f} s, an attempt {proof.attempt_s:.1f} s"
        )
        if waits.is_long(proof.attempt_s):
            self.tell(f"  Warning: a right answer waits {proof.attempt_s:.0f} s for its verdicts. {waits.FEWER}.")
        if proof.right_alone:
            self.tell(
                f"  Warning: {counted(proof.right_alone, 'trial')} failed beside other labs, and passed alone. "
                "This server was busy, or a limit in seconds is short."
            )
        findings: list[Finding] = [*proof.problems, *proof.unnoticed]
        findings += [Finding(one.file, one.line, f"Exception: {one.text}") for one in proof.exceptions]
        findings += [Finding(one.file, one.line, f"Points for nothing typed: {one.text}") for one in proof.untouched]
        self._tell_findings(findings)

    def _tell_findings(self, findings: Sequence[Finding]) -> None:
        for one in findings:
            self.tell(f"  {_shown(one.file)}:{one.line}: {one.text}")


def _proof_of(lab: Lab) -> str:
    """Say whether the proof of a lab still holds."""
    found = record.read(lab)
    if found is None:
        return "not proven yet"
    changed = found.changed_parts(parts_of(lab))
    since = f", but changed since: {', '.join(changed)}" if changed else ""
    return f"proven on {found.proven_on}{since}"


def _shown(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
