"""The template filters of workshops."""

import pytest

from vaka.workshops.templatetags.workshops import breakable


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("http://localhost:8000/join/", "http://<wbr>localhost<wbr>:8000<wbr>/join/"),
        ("https://learn.example.org/join/", "https://<wbr>learn.example.org<wbr>/join/"),
        ("http://[2001:db8::1]:8000/join/", "http://<wbr>[2001:db8::1]<wbr>:8000<wbr>/join/"),
        ("http://a<b>/", "http://<wbr>a&lt;b&gt;<wbr>/"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_an_address_breaks_before_the_port_and_the_path(address, written):
    assert breakable(address) == written
