"""The examination of a server: each question says what is good, or what is wrong and what to type."""

import getpass
import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from labs.engine.errors import NoEngine
from labs.engine.runtime.driver import Engine
from labs.engine.shared.features import Feature
from labs.lifecycle import disk_space
from vaka.ops import doctor
from vaka.ops.errors import CannotStart


def only(question):
    (answer,) = question()
    return answer


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files of the system that the questions read, in a folder of ours."""
    monkeypatch.setattr(doctor, "SYNCHRONISED", tmp_path / "synchronized")
    monkeypatch.setattr(doctor, "APPARMOR", tmp_path / "apparmor")
    monkeypatch.setattr(doctor, "_says", lambda *command: None)
    return tmp_path


def test_a_clock_that_nothing_synchronises_is_a_note(files):
    assert only(doctor._clock).mark == doctor.NOTE
    (files / "synchronized").touch()
    assert only(doctor._clock).mark == doctor.GOOD


def test_apparmor_is_read_where_the_kernel_says_it(files):
    assert only(doctor._apparmor).mark == doctor.NOTE
    (files / "apparmor").write_text("Y\n")
    assert only(doctor._apparmor).mark == doctor.GOOD


def test_too_little_memory_is_wrong(monkeypatch):
    assert only(doctor._memory).mark == doctor.GOOD
    monkeypatch.setattr(doctor, "LEAST_MEMORY", 1 << 60)
    assert only(doctor._memory).mark == doctor.BAD


def test_a_disk_that_is_nearly_full_is_wrong_and_says_how_to_free_it(monkeypatch):
    full = disk_space.Disk(path="/srv", free=10**9, total=10**12)
    monkeypatch.setattr(disk_space, "measured", lambda *folders: [full])
    answer = only(doctor._disks)
    assert answer.mark == doctor.BAD
    assert "/srv has 1.0 GB left" in answer.text
    assert "clean --dry-run" in answer.text


def test_an_engine_that_does_not_answer_is_wrong_and_the_other_questions_go_on(monkeypatch):
    def refuses(engine, flavour=""):
        raise NoEngine("No engine answers.")

    monkeypatch.setattr(Engine, "check", refuses)
    answer = only(doctor._engine)
    assert (answer.mark, answer.text) == (doctor.BAD, "No engine answers. Type: docker/setup")


def with_labs(monkeypatch, **requires):
    labs = [type("Lab", (), {"id": name, "requires": needs})() for name, needs in requires.items()]
    monkeypatch.setattr(doctor, "_labs", lambda: labs)


def test_a_feature_that_the_kernel_lacks_names_the_labs_that_need_it(monkeypatch):
    with_labs(monkeypatch, one=("broken",), two=("broken", "works"))
    features = {"broken": Feature(("false",), ("no_such",)), "works": Feature(("true",))}
    monkeypatch.setattr(doctor, "FEATURES", features)
    answer = only(doctor._kernel)
    assert answer.mark == doctor.BAD
    assert "broken is missing, so one, two cannot start. modprobe -a no_such" in answer.text


def test_where_no_network_can_be_made_nothing_is_said_about_the_kernel(monkeypatch):
    with_labs(monkeypatch, one=("tun",))
    monkeypatch.setattr(doctor, "CONTROL", ("false",))
    answer = only(doctor._kernel)
    assert answer.mark == doctor.NOTE
    assert f"not tried, as the account {getpass.getuser()} may not make networks here" in answer.text


def test_a_port_that_another_program_has_is_wrong(monkeypatch, settings):
    monkeypatch.setattr(doctor.process_readiness, "answers_http", lambda host, port: False)
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        settings.GATEWAY_PORT = taken.getsockname()[1]
        settings.PORT = free.getsockname()[1]
        free.close()
        answer = only(doctor._site)
    assert answer.mark == doctor.BAD
    assert f"port {settings.GATEWAY_PORT}" in answer.text
    assert "VAKA_GATEWAY_PORT" in answer.text


def test_a_site_is_asked_at_the_address_on_which_it_listens(monkeypatch, settings):
    asked = []
    settings.LAN = "192.0.2.7"
    monkeypatch.setattr(doctor.process_readiness, "answers_http", lambda host, port: asked.append(host) or True)
    monkeypatch.setattr(doctor.process_readiness, "ready_mark", lambda name: settings.STATE_DIR)
    assert only(doctor._site).mark == doctor.GOOD
    assert asked == ["192.0.2.7"]


def test_a_site_whose_certificate_we_may_not_read_is_asked_whether_it_listens(monkeypatch, settings):
    def refuses(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.Path, "open", refuses)
    monkeypatch.setattr(doctor.process_readiness, "ready_mark", lambda name: settings.STATE_DIR)
    settings.CERT = "/etc/letsencrypt/live/learn.example.org/fullchain.pem"
    with socket.create_server(("127.0.0.1", 0)) as site:
        settings.PORT = site.getsockname()[1]
        assert only(doctor._site).mark == doctor.GOOD


def certificate(file, *, ends_in):
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vaka")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(now - timedelta(days=90)).not_valid_after(now + ends_in).sign(key, hashes.SHA256())
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(file)


@pytest.mark.parametrize(
    ("days", "mark"), [(-1, doctor.BAD), (5, doctor.NOTE), (60, doctor.GOOD)], ids=["over", "soon", "good"]
)
def test_a_certificate_that_ends_is_said_before_it_ends(tmp_path, settings, days, mark):
    settings.CERT = certificate(tmp_path / "c.pem", ends_in=timedelta(days=days))
    assert only(doctor._certificate).mark == mark


def test_a_file_that_is_no_certificate_is_wrong(tmp_path, settings):
    (tmp_path / "c.pem").write_text("no certificate")
    settings.CERT = str(tmp_path / "c.pem")
    answer = only(doctor._certificate)
    assert answer.mark == doctor.BAD
    assert "c.pem cannot be read" in answer.text


def test_a_certificate_that_this_account_may_not_read_is_no_fault_of_the_certificate(settings, monkeypatch):
    def refuses(path, mode):
        raise PermissionError(13, "Permission denied")

    settings.CERT = "/etc/letsencrypt/live/learn.example.org/fullchain.pem"
    monkeypatch.setattr(doctor.Path, "open", refuses)
    answer = only(doctor._certificate)
    assert answer.mark == doctor.NOTE
    assert f"may not read {settings.CERT}. As root, type: openssl x509" in answer.text


def test_a_site_in_a_room_without_https_is_told_what_that_means(settings):
    settings.CERT, settings.LAN = "", "192.0.2.7"
    assert "in the clear" in only(doctor._certificate).text
    settings.LAN = ""
    assert list(doctor._certificate()) == []


def test_an_address_that_only_this_server_opens_is_a_note(settings):
    settings.PUBLIC_URL = "http://localhost:8000"
    assert only(doctor._address).mark == doctor.NOTE
    settings.PUBLIC_URL = "https://learn.example.org"
    assert only(doctor._address).mark == doctor.GOOD


def test_without_mail_a_forgotten_password_needs_a_person(settings):
    settings.MAIL = False
    assert "a link from you" in only(doctor._mail).text
    settings.MAIL, settings.MAIL_HOST, settings.MAIL_PORT = True, "mail.example.org", 587
    assert only(doctor._mail) == doctor.Answer(doctor.GOOD, "Mail", "through mail.example.org:587")


@pytest.mark.parametrize(("unit", "command"), [("", "make run"), ("vaka", "systemctl start vaka")])
def test_a_site_that_does_not_run_is_started_as_this_server_starts_it(monkeypatch, settings, unit, command):
    settings.UNIT = unit
    monkeypatch.setattr(doctor.process_readiness, "answers_http", lambda host, port: False)
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        settings.PORT, settings.GATEWAY_PORT = one.getsockname()[1], other.getsockname()[1]
    answer = only(doctor._site)
    assert (answer.mark, answer.text) == (doctor.NOTE, f"it does not run. Type: {command}")


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_wrong(settings):
    settings.MIGRATION_MODULES = {}  # the tests' database is made without migrations
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in MigrationLoader(None).disk_migrations:
        recorder.record_applied(app, name)
    assert only(doctor._database).mark == doctor.GOOD
    recorder.record_applied("labs", "0999_tomorrow")
    answer = only(doctor._database)
    assert (answer.mark, "labs.0999_tomorrow" in answer.text) == (doctor.BAD, True)


@pytest.mark.parametrize(
    ("begun", "ends", "mark"),
    [(-30, 60, "good"), (-85, 5, "note"), (-90, -1, "WRONG"), (-0.1, 0.4, "good"), (-0.4, 0.1, "note")],
    ids=["good", "soon", "over", "good for hours", "not renewed for hours"],
)
def test_the_certificate_of_a_service_is_the_one_that_its_web_server_shows(settings, monkeypatch, begun, ends, mark):
    settings.UNIT, settings.BEHIND_PROXY, settings.PUBLIC_URL = "vaka", True, "https://learn.example"
    times = tuple(datetime.now(UTC) + timedelta(days=days) for days in (begun, ends))
    monkeypatch.setattr(doctor.tls_certificate, "shown_in_front", lambda name: times)
    answer = only(doctor._certificate)
    assert (answer.mark, "for learn.example that is valid until" in answer.text) == (mark, True)
    assert ("Renew it" in answer.text) == (mark != doctor.GOOD)


def test_a_service_without_a_web_server_is_a_note(settings, monkeypatch):
    settings.UNIT, settings.BEHIND_PROXY, settings.PUBLIC_URL = "vaka", True, "https://learn.example"

    def refuses(name):
        raise CannotStart("nothing on this server speaks HTTPS")

    monkeypatch.setattr(doctor.tls_certificate, "shown_in_front", refuses)
    answer = only(doctor._certificate)
    assert (answer.mark, "start it (caddy or nginx)" in answer.text) == (doctor.NOTE, True)
