"""The statements of BIRD that stand for the lines of another file."""

import pytest

from labs.engine.diagnosis.included_files import includes_a_file


@pytest.mark.parametrize(
    ("statement", "includes"),
    [
        ('include "/etc/bird/peers.conf"', True),
        ('include "/etc/bird/*.conf"', True),
        ('include"/etc/bird/peers.conf"', True),
        ("included_routes = 1", False),
        ('log "include peers.conf"', False),
        ("", False),
    ],
)
def test_only_an_include_statement_includes_a_file(statement, includes):
    assert includes_a_file(statement) is includes
