"""uv in docker/setup: which one is used, and whom it believes when a proxy inspects TLS."""

import datetime
import http.server
import ipaddress
import os
import re
import ssl
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@pytest.fixture
def python_packages():
    import python_packages

    return python_packages


# Which uv


@pytest.mark.parametrize(
    ("version", "is_used"),
    [("0.7.22", False), ("0.8.0", True), ("0.13.9", True), ("0.99.1", True), ("1.0.0", False), ("", False)],
)
def test_a_uv_on_path_is_used_only_if_it_reads_our_lock(
    version, is_used, python_packages, program, monkeypatch, tmp_path
):
    monkeypatch.setattr(python_packages, "OWN_UV", tmp_path / "none")
    there = program("uv", f"echo 'uv {version} (x86_64-unknown-linux-gnu)'")
    assert python_packages.fitting_uv() == (str(there) if is_used else None)


def test_our_own_uv_is_made_again_when_another_version_is_pinned(python_packages, program, monkeypatch):
    monkeypatch.setattr(python_packages, "OWN_UV", program("own", "echo 'uv 0.9.1 (x)'"))
    program("uv", "exit 1")
    assert python_packages.fitting_uv() is None
    monkeypatch.setattr(python_packages, "pinned_version", lambda: (0, 9, 1))
    assert python_packages.fitting_uv() == str(python_packages.OWN_UV)


def test_the_pinned_uv_reads_our_lock_and_has_a_hash_for_each_kind_of_machine(python_packages):
    assert python_packages.FIRST_UV <= python_packages.pinned_version() < python_packages.BEFORE_UV
    lines = [line for line in python_packages.PINNED.read_text().splitlines() if not line.startswith("#")]
    assert lines[0].startswith("uv==")
    assert len(lines[1:]) >= 2
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])


def test_pip_refuses_a_uv_that_is_not_the_pinned_one(python_packages, tmp_path):
    """From a folder with a wheel of that name and version, and another content."""
    version = ".".join(map(str, python_packages.pinned_version()))
    (tmp_path / f"uv-{version}-py3-none-any.whl").write_bytes(b"not what was pinned")
    pip = [sys.executable, "-m", "venv", str(tmp_path / "venv")]
    subprocess.run(pip, check=True)
    install = [str(tmp_path / "venv/bin/pip"), "install", "--no-index", "--find-links", str(tmp_path), "--no-deps"]
    refused = subprocess.run(
        [*install, "--require-hashes", "-r", str(python_packages.PINNED)],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
    )
    assert refused.returncode
    assert "DO NOT MATCH THE HASHES" in refused.stderr


# Whom it believes


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index that only those find who believe our own authority, as behind a proxy that inspects TLS."""
    folder = tmp_path_factory.mktemp("index")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    _sign_ourselves(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/simple/", certificate
    server.shutdown()
    server.server_close()


class Nothing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *words):
        pass


def _sign_ourselves(certificate, key_file):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An inspecting proxy")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = made.add_extension(here, critical=False)
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


def ask(uv, told, index, *, of_the_machine=None):
    """Return what uv says of an index; in a mount namespace where the machine believes OF_THE_MACHINE."""
    url, _certificate = index
    command = [uv, "pip", "install", "--no-cache", "--dry-run", "--system", "--index-url", url, "no-such-package"]
    if of_the_machine:
        inside = 'mount --bind "$0" "$(readlink -f /etc/ssl/certs/ca-certificates.crt)" && exec "$@"'
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", inside, str(of_the_machine), *command]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=60).stderr


@pytest.fixture
def uv(python_packages):
    """The one that set-up found or made."""
    return str(python_packages.VENV / "bin/uv")


@pytest.fixture
def bare(monkeypatch):
    """An environment in which nobody has said anything of certificates, nor of proxies."""
    for name in list(os.environ):
        if name.startswith(("SSL_CERT", "UV_", "PIP_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return os.environ


def test_uv_alone_does_not_believe_what_the_machine_believes(index, uv, bare):
    assert "UnknownIssuer" in ask(uv, dict(bare), index, of_the_machine=index[1])


def test_uv_as_set_up_runs_it_believes_what_the_machine_believes(index, uv, bare, python_packages):
    told = python_packages.told_uv(bare, sys.executable)
    said = ask(uv, told, index, of_the_machine=index[1])
    assert "not found in the package registry" in said
    assert "UnknownIssuer" in ask(uv, told, index)


def test_uv_as_set_up_runs_it_believes_the_file_of_ssl_cert_file(index, uv, bare, python_packages):
    told = python_packages.told_uv({**bare, "SSL_CERT_FILE": str(index[1])}, sys.executable)
    assert "not found in the package registry" in ask(uv, told, index)


# What is installed


@pytest.fixture
def clone(python_packages, monkeypatch, tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(python_packages, "CLONE", tmp_path)
    monkeypatch.setattr(python_packages, "VENV", tmp_path / ".venv")
    return tmp_path


def installed(python_packages, monkeypatch, clone, lock, *, tests):
    """The arguments of uv after the lock has changed."""
    (clone / "uv.lock").write_text(lock)
    asked = []
    monkeypatch.setattr(python_packages, "run", lambda command, *_args, **_more: asked.extend(command[1:]))
    python_packages.sync_environment("python3", "uv", tests, SimpleNamespace(did=str, fine=str))
    return asked


def test_a_new_lock_brings_the_test_tools_of_a_clone_up_to_date_too(python_packages, monkeypatch, clone):
    assert "--no-dev" in installed(python_packages, monkeypatch, clone, "1", tests=False)
    assert installed(python_packages, monkeypatch, clone, "1", tests=False) == []
    assert "--no-dev" not in installed(python_packages, monkeypatch, clone, "1", tests=True)
    assert "--no-dev" not in installed(python_packages, monkeypatch, clone, "2", tests=False)
    assert installed(python_packages, monkeypatch, clone, "2", tests=True) == []
