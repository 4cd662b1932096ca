"""The subject of a question as its page shows it: a lesson, or a check with its verdict (vaka.mentoring.questions)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from labs.pages.check_row import SHAPES
from labs.translations import translated


@dataclass(frozen=True, slots=True)
class QuestionSubject:
    """The stored subject (``Question.about``), for templates. A key that it does not have is empty."""

    stored: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.stored.get(name, "")

    @property
    def shape(self) -> str:
        return SHAPES.get(self.stored.get("outcome", ""), "none")

    @property
    def expected(self) -> str:
        return translated(self.stored.get("expected"))

    @property
    def seen(self) -> str:
        return translated(self.stored.get("seen"))

    @property
    def cause(self) -> str:
        return translated(self.stored.get("cause"))

    @property
    def url(self) -> str:
        if self.stored.get("kind") == "lesson":
            return reverse("courses:lesson", args=(self.stored["course"], self.stored["lesson"]))
        return reverse("labs:lab", args=(self.stored["lab"],)) if self.stored.get("lab") else ""
