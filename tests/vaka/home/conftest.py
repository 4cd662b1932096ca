"""A broker, a fake engine and little labs, as the tests of labs have them."""

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
