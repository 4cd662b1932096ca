"""System checks: each wrong setting is reported when the site starts, with an id to search for."""

import pytest

from vaka.web.system_checks import settings_fit, static_files_are_there


def ids(found) -> list[str]:
    return [message.id for message in found]


def test_the_settings_of_a_new_site_are_valid():
    assert ids(settings_fit(None)) == []
    assert ids(static_files_are_there(None)) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"PORT": 8001, "GATEWAY_PORT": 8001}, "vaka.E001"),
        ({"GATEWAY_URL": "http://vaka.example"}, "vaka.E002"),
        ({"GATEWAY_URL": "ws://vaka.example; script-src *"}, "vaka.E002"),
        ({"GATEWAY_URL": "ws://vaka.example:8001", "HTTPS": True}, "vaka.E003"),
        ({"ALLOWED_HOSTS": ["*"]}, "vaka.E004"),
        ({"ALLOWED_HOSTS": ["https://vaka.example"]}, "vaka.E006"),
        ({"ALLOWED_HOSTS": ["vaka.example:8000"]}, "vaka.E006"),
    ],
)
def test_settings_that_contradict_each_other_are_reported(settings, wrong, told):
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert ids(settings_fit(None)) == [told]


def test_an_ipv6_address_is_a_valid_host(settings):
    settings.ALLOWED_HOSTS = ["[2001:db8::1]", "vaka.example"]
    assert ids(settings_fit(None)) == []


def test_a_module_without_its_file_is_reported(settings):
    settings.IMPORT_MAP = {"@xterm/xterm": "web/vendor/nowhere.mjs"}
    assert ids(static_files_are_there(None)) == ["vaka.E005"]


def test_static_files_that_are_not_collected_are_reported(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "vaka.web.static_storage.ManifestStaticFilesStorage"},
    }
    settings.STATIC_ROOT = tmp_path
    assert ids(static_files_are_there(None)) == ["vaka.W001"]


def test_a_secret_that_everybody_can_write_is_reported(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    key = tmp_path / "secret_key"
    key.write_text("x")
    key.chmod(0o666)
    assert ids(settings_fit(None)) == ["vaka.E007"]
