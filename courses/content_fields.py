"""The fields of a course in course.yaml, and those at the beginning of a lesson and of a closing project."""

from courses.certificate_rule import CERTIFICATE
from labs.typed_yaml.shapes import Field, ListOf, MapOf, Number, Record, Word

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
TEXT = Word()
LESSON = Record(
    what="a lesson",
    fields={
        "id": Field(ID, "never changes: the database refers to it", required=True),
        "title": Field(TEXT, "the title of the lesson", required=True),
        "summary": Field(TEXT, "what a learner can do after it", required=True),
        "minutes": Field(Number(1, 600), "the time to read it", required=True),
        "lab": Field(ID, "the lab to do after it"),
        "words": Field(MapOf(TEXT, TEXT), "words that the lesson defines, with their meaning"),
    },
)
MODULE = Record(
    what="a module",
    fields={
        "id": Field(ID, "never changes", required=True),
        "title": Field(TEXT, "the title of the module", required=True),
        "lessons": Field(ListOf(TEXT, least=1), "the files of its lessons, in order", required=True),
    },
)
COURSE = Record(
    what="a course",
    fields={
        "id": Field(ID, "never changes", required=True),
        "title": Field(TEXT, "the title of the course", required=True),
        "summary": Field(TEXT, "what a learner can do after it", required=True),
        "modules": Field(ListOf(MODULE, least=1), "its modules, in order", required=True),
        "outcomes": Field(ListOf(TEXT, least=3), "three to seven things that a person can do after it"),
        "prerequisites": Field(ListOf(ID), "the ids of the courses that a learner should have done before"),
        "certificate": Field(CERTIFICATE, "the rule for its certificate"),
    },
)
MOST_OUTCOMES = 7  # nobody keeps more in mind
PROJECT = Record(
    what="a closing project",
    fields={
        "title": Field(TEXT, "its title", required=True),
        "minutes": Field(Number(1, 10_000), "the time that it takes", required=True),
        "checklist": Field(
            ListOf(
                Record(
                    what="a line of the checklist",
                    fields={
                        "text": Field(TEXT, "what must be true", required=True),
                        "points": Field(Number(1, 100), "its points", required=True),
                        "shown_by": Field(TEXT, "what the person who marks looks at", required=True),
                    },
                ),
                least=3,
            ),
            "how it is marked",
            required=True,
        ),
    },
)
