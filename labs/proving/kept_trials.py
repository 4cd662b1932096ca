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
    """The kept results of one lab, a file each. They count for what the trials rest on, and for nothing else."""

    lab: str
    rests_on: Mapping[str, str]  # the hash of each part, and of the packages

    @property
    def _of_lab(self) -> Path:
        return Path(settings.STATE_DIR) / "trials" / self.lab

    @property
    def folder(self) -> Path:
        return self._of_lab / _digest(self.rests_on)

    def result(self, trial: Trial) -> TrialResult | None:
        """Return the kept result of a trial; None if there is none that can be read."""
        try:
            return _result(json.loads((self.folder / _name(trial)).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, trial: Trial, result: TrialResult) -> None:
        """Raises OSError."""
        if not self.folder.exists():
            self.forget()  # what is there is of another version of the lab
            self.folder.mkdir(parents=True)
        state = facts.as_json(result.state) if result.state is not None else None
        stored = asdict(replace(result, state=None)) | {"state": state}
        (self.folder / _name(trial)).write_text(json.dumps(stored), encoding="utf-8")

    def forget(self) -> None:
        shutil.rmtree(self._of_lab, ignore_errors=True)


def _result(stored: Mapping[str, Any]) -> TrialResult:
    state = stored["state"]
    return TrialResult(**{**stored, "state": facts.from_json(state) if state is not None else None})


def _name(trial: Trial) -> str:
    unit = asdict(trial.unit) if trial.unit else None
    return _digest([trial.lab.seed, trial.kind, trial.mutant.id if trial.mutant else "", trial.answer, unit]) + ".json"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
