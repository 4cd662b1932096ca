"""The way to the Internet: what sudo is told of it, and which certificates uv trusts.

That uv then downloads through a proxy that inspects TLS is tested with uv itself, in test_python_packages.py.
"""

import subprocess

import pytest


def environment_of(command):
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in said.splitlines())


@pytest.mark.parametrize(
    "name",
    [
        *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"),
        *("DOCKER_HOST", "PIP_CERT", "PIP_INDEX_URL", "UV_SYSTEM_CERTS", "UV_INDEX_URL"),
    ],
)
def test_the_way_to_the_internet_is_told_through_sudo(name, steps, with_sudo, monkeypatch):
    monkeypatch.setenv(name, "as-it-was")
    assert environment_of(steps.root_command(["env"], "Trying"))[name] == "as-it-was"


def test_nothing_else_is_told_through_sudo_unless_it_is_asked_for(steps, with_sudo, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_KEY", "secret")
    monkeypatch.setenv("VAKA_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://x")
    assert not {"AWS_SECRET_KEY", "VAKA_SECRET_KEY", "DATABASE_URL"} & set(
        environment_of(steps.root_command(["env"], "Trying"))
    )
    told = environment_of(steps.sudo(["env"], ("VAKA_", "DATABASE_URL")))
    assert (told["VAKA_SECRET_KEY"], told["DATABASE_URL"]) == ("secret", "postgres://x")
    assert "AWS_SECRET_KEY" not in told


def test_a_password_of_a_proxy_is_in_no_command_line(steps, with_sudo, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://ada:secret@proxy.example:3128")
    assert "secret" not in " ".join(steps.root_command(["apt-get", "update"], "Trying"))


def test_what_a_user_says_of_certificates_stays():
    from proxy import uv_trusting_the_machine

    assert uv_trusting_the_machine({})["UV_SYSTEM_CERTS"] == "true"
    assert uv_trusting_the_machine({"UV_SYSTEM_CERTS": "false"})["UV_SYSTEM_CERTS"] == "false"
    assert "UV_SYSTEM_CERTS" not in uv_trusting_the_machine({"UV_NATIVE_TLS": "false"})
