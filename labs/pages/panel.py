"""The base class of the panels of a lab page."""

from labs.pages.page_subject import PageSubject


class Panel:
    """A part of the lab page. It reads the database when its template uses it, and each thing once."""

    def __init__(self, subject: PageSubject) -> None:
        self.subject = subject
        self.lab, self.learner, self.session = subject.lab, subject.learner, subject.session
