import os
import socket
import ssl
import threading
from contextlib import suppress

import pytest

from tests.tls_certificates import certificate as make
from vaka.ops import tls_certificate
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Account, Accounts


def test_a_certificate_with_its_key_is_taken_and_none_is_fine(tmp_path):
    cert, key = make(tmp_path, "learn.example")
    tls_certificate.must_fit(str(cert), str(key))
    tls_certificate.must_fit("", "")


def test_one_without_the_other_is_told(tmp_path):
    with pytest.raises(CannotStart, match="both the certificate and its key"):
        tls_certificate.must_fit("room.pem", "")


def test_a_key_of_another_certificate_is_told(tmp_path):
    cert, key = make(tmp_path, "learn.example", key_of_another=True)
    with pytest.raises(CannotStart, match="cannot be used together"):
        tls_certificate.must_fit(str(cert), str(key))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CannotStart, match="cannot be read"):
        tls_certificate.must_fit(str(tmp_path / "a"), str(tmp_path / "b"))


def test_the_site_reads_copies_that_nobody_else_can_read_and_that_end_with_it(tmp_path):
    cert, key = make(tmp_path, "learn.example")
    mine = Account("me", os.getuid(), os.getgid())
    who = Accounts(mine, mine) if os.geteuid() == 0 else None
    kept = tls_certificate.keep(str(cert), str(key), tmp_path, who)
    again = tls_certificate.keep(str(cert), str(key), tmp_path, who)  # a start after one that was killed
    assert kept == again
    assert (tmp_path / "key.pem").read_bytes() == key.read_bytes()
    assert (tmp_path / "key.pem").stat().st_mode & 0o007 == 0
    tls_certificate.forget(tmp_path)
    assert not (tmp_path / "key.pem").exists()


def test_a_web_server_in_front_shows_how_long_its_certificate_is_valid(tmp_path):
    cert, key = make(tmp_path, "learn.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as front:
        port = front.getsockname()[1]

        def serve():
            connection, _ = front.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(1)  # until the client has gone

        thread = threading.Thread(target=serve)
        thread.start()
        begun, until = tls_certificate.shown_in_front("learn.example", port)
        assert begun < until == tls_certificate.ends_at(str(cert))
        thread.join()
    with pytest.raises(CannotStart, match="nothing on this server speaks HTTPS for learn"):
        tls_certificate.shown_in_front("learn.example", port)
