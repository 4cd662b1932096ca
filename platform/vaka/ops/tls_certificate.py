"""The operator's TLS certificate: checked before anything starts, and copied to where the site can read it."""

import os
import socket
import ssl
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings

from labs.engine.shared import pace
from vaka import operator_commands
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Accounts

COPIES = ("certificate.pem", "key.pem")
FRONT_SECONDS = pace.seconds(5.0)  # for the web server in front to answer


def must_fit(certificate: str, key: str) -> None:
    """Raise CannotStart if one of the two is missing, or if they do not belong together."""
    if not certificate and not key:
        return
    if not certificate or not key:
        raise CannotStart(f"Give both the certificate and its key: {operator_commands.serve_lan_with_certificate()}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without this, OpenSSL would ask on the terminal for a key's passphrase, once for each process
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise CannotStart(
            f"The certificate {certificate} and the key {key} cannot be used together ({error.reason or error}). "
            "Both must be PEM files, and the key must have no passphrase."
        ) from None
    except OSError as error:
        raise CannotStart(
            f"The certificate {certificate} or its key {key} cannot be read: {error.strerror}. "
            "Check both paths, and start the site as a user who may read them."
        ) from None


def keep(certificate: str, key: str, run: Path, accounts: Accounts | None) -> tuple[str, str]:
    """Copy both into the run folder, readable for the accounts. Often only root can read the originals."""
    forget(run)
    for source, name in zip((certificate, key), COPIES, strict=True):
        descriptor = os.open(run / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640 if accounts else 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if accounts:
                os.fchown(descriptor, 0, accounts.site.gid)
            file.write(Path(source).read_bytes())
    return str(run / COPIES[0]), str(run / COPIES[1])


def forget(run: Path) -> None:
    for name in COPIES:
        with suppress(FileNotFoundError):
            (run / name).unlink()


def trusting_our_certificate() -> ssl.SSLContext | None:
    """Return a TLS context for clients on this server. It trusts the site's certificate under any name. None without TLS."""
    if not settings.CERT:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is the trust anchor
    context.load_verify_locations(settings.CERT)
    return context


def trusting_the_machine() -> ssl.SSLContext:
    """Return a TLS context that trusts what this server trusts: for a site behind a web server with a certificate of its own."""
    return ssl.create_default_context()


def shown_in_front(name: str, port: int = 443) -> tuple[datetime, datetime]:
    """Return from when until when the certificate is valid that the web server on this server shows for a name.

    Raises CannotStart if there is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that has ended is to be read, too
    try:
        with (
            socket.create_connection(("127.0.0.1", port), FRONT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=name) as tls,
        ):
            shown = tls.getpeercert(binary_form=True) or b""
        certificate = x509.load_der_x509_certificate(shown)
    except (OSError, ValueError) as error:
        raise CannotStart(f"nothing on this server speaks HTTPS for {name} at port {port} ({error})") from None
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def ends_at(certificate: str) -> datetime:
    """Return the time until which a certificate is valid. Raises CannotStart if it cannot be read."""
    try:
        return x509.load_pem_x509_certificate(Path(certificate).read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise CannotStart(f"The certificate {certificate} cannot be read: {error}.") from None
