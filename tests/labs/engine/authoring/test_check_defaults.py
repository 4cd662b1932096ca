"""The values that imports and drafts give to a check."""

from labs.engine.authoring.check_defaults import DEFAULTS
from labs.engine.checks import TYPES


def test_every_default_is_for_a_type_that_exists():
    assert set(DEFAULTS) <= set(TYPES)
