"""The modes of signing up."""

import pytest


@pytest.fixture
def mode(settings):
    def set_to(which):
        settings.SIGNUP = which

    return set_to
