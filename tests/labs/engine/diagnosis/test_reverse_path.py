"""A port that drops what comes by another way than the one back."""

import pytest

from labs.engine.diagnosis import reverse_path


@pytest.mark.parametrize(
    ("of_all", "of_port", "has_ipv4", "strict"),
    [
        ("0", "0", False, False),
        ("0", "1", True, True),
        ("0", "2", True, False),
        ("1", "2", True, False),  # the larger value counts
        ("0", "2", False, True),
        ("2", "0", False, True),
    ],
)
def test_a_loose_filter_is_strict_on_a_port_without_an_ipv4_address(of_all, of_port, has_ipv4, strict):
    assert reverse_path.is_strict(of_all, of_port, has_ipv4=has_ipv4) is strict
