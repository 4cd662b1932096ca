"""The popover with which the guide of a lab explains a term of the glossary. Labs call it by the setting LAB_TERMS.

Which words of a guide are looked up is chosen in labs.pages.guide. In lessons their authors mark them (courses.lesson_marks).
"""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from courses.loader import library


def explained(said: str, number: str) -> SafeString | None:
    """Return the term with its meaning in a popover, whose id ends with the number; None if the glossary does not have it."""
    term = library(settings.COURSE_CONTENT).glossary.find(said)
    if term is None:
        return None
    return SafeString(render_to_string("courses/_term.html", {"said": said, "term": term, "number": number}).strip())
