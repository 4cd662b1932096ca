"""Keeps the results of a lab's trials until its proof is recorded: a proof that was interrupted goes on where it stopped."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from labs.engine.proof.trial import Trial
from labs.engine.proof.trial_result import TrialResult
from labs.engine.state import facts


@dataclass(frozen=True, slots=True)
class KeptTrials:
    """The kept results of one lab. They count for what the trials rest on, and for nothing else."""

    lab: str
    rests_on: Mapping[str, str]  # the hash of each part, and of the packages

    @property
    def file(self) -> Path:
        return self._folder / f"{_digest(self.rests_on)}.jsonl"

    @property
    def _folder(self) -> Path:
        return Path(settings.STATE_DIR) / "trials" / self.lab

    def result(self, trial: Trial) -> TrialResult | None:
        """Return the kept result of a trial; None if there is none."""
        return self._read().get(_key(trial))

    def keep(self, trial: Trial, result: TrialResult) -> None:
        """Raises OSError."""
        if not self.file.exists():
            self.forget()  # what is there is of another version of the lab
            self._folder.mkdir(parents=True)
        state = facts.as_json(result.state) if result.state is not None else None
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_key(trial), asdict(replace(result, state=None)) | {"state": state}]) + "\n")

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> dict[str, TrialResult]:
        """Return what is kept. A line that was not written wholly ends it."""
        found: dict[str, TrialResult] = {}
        try:
            for line in self.file.read_text(encoding="utf-8").splitlines():
                key, stored = json.loads(line)
                found[key] = _result(stored)
        except (OSError, ValueError, TypeError):
            pass
        return found


def _result(stored: Mapping[str, Any]) -> TrialResult:
    state = stored["state"]
    return TrialResult(**{**stored, "state": facts.from_json(state) if state is not None else None})


def _key(trial: Trial) -> str:
    unit = asdict(trial.unit) if trial.unit else None
    return _digest([trial.lab.seed, trial.kind, trial.mutant.id if trial.mutant else "", trial.answer, unit])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
