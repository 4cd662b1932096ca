"""Tables of mentoring: programmes, mentorships, and what mentors and trainees write to each other."""

from vaka.mentoring.models.assignment import Assignment
from vaka.mentoring.models.mentorship import Mentorship, mentorships_of
from vaka.mentoring.models.note import Note
from vaka.mentoring.models.programme import LONGEST, Membership, Programme
from vaka.mentoring.models.question import Question

__all__ = [
    "LONGEST",
    "Assignment",
    "Membership",
    "Mentorship",
    "Note",
    "Programme",
    "Question",
    "mentorships_of",
]
