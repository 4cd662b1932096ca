"""The mistakes of an author: in which file, in which line, what is wrong and what to do. Labs and courses both report them so."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class AuthoringError:
    """One mistake. The message says what is wrong and what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class AuthoringErrors(Exception):
    """A lab or a course cannot be used; ``errors`` has every mistake that was found."""

    def __init__(self, errors: Iterable[AuthoringError]) -> None:
        self.errors = list(errors)
        super().__init__("\n".join(map(str, self.errors)))
