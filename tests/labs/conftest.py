"""A real broker for the tests of labs."""

import pytest

from tests import servers


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory):
    with servers.broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def broker(broker_url, settings):
    """The address of a running broker, which the site uses."""
    settings.REDIS_URL = broker_url
    return broker_url
