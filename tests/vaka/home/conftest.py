"""The broker, the fake engine and the small labs of the tests of labs; the mentorship of the tests of mentoring."""

from tests.courses.conftest import waves  # noqa: F401
from tests.labs.conftest import (  # noqa: F401
    broker,
    broker_url,
    catalog,
    engine,
    lab,
    no_broker_by_chance,
    other_lab,
    queue,
    ready,
    requested,
    use_engine,
)
from tests.vaka.mentoring.conftest import followed, invited, programme, sina  # noqa: F401
