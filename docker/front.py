"""The web server in front of an installed site, Caddy or nginx: it speaks HTTPS, and sends terminals to the gateway.

Caddy gets its certificate by itself: for a name on the Internet from Let's Encrypt, for one such as learn.home.arpa from an
authority of its own. nginx needs one in two files.
"""

import re
import socket
from pathlib import Path

from steps import Stop, installed
from system_files import put, remove, says_yes, systemctl

TEMPLATES = Path(__file__).resolve().parent / "service"
CADDYFILE = Path("/etc/caddy/Caddyfile")
FILES = {"caddy": Path("/etc/caddy/vaka.caddyfile"), "nginx": Path("/etc/nginx/conf.d/vaka.conf")}
IMPORT = f"import {FILES['caddy']}"
HTTPS = 443
# Names that no server on the Internet has, as vaka.internet_exposure lists them: no authority there certifies one
LOCAL = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".test", ".invalid", ".alt")


def needs(front, needed):
    """Add the package to ``needed``. Raises Stop if the port of HTTPS has another owner."""
    if front == "none" or installed(front):
        return
    with socket.socket() as tried:
        if tried.connect_ex(("127.0.0.1", HTTPS)) == 0:
            raise Stop(
                f"Another program has port {HTTPS}, so {front} could not start. If that is the web server that you want in front "
                "of Vaka, choose --front none, and set it up as docs/operating.md says (“Behind a proxy”)."
            )
    needed.package("the site needs a web server in front of it, which speaks HTTPS", front)


def ensure(front, name, certificate, tell):
    """Configure the web server for a site of this name. ``certificate``: two paths, or None as Caddy gets its own."""
    for other in set(FILES) - {front}:
        leave(other, tell)
    if front == "none":
        return
    changed = put(FILES[front], configured(front, name, certificate), tell)
    if front == "caddy":
        before = CADDYFILE.read_text(encoding="utf-8") if CADDYFILE.exists() else ""
        if IMPORT not in before.splitlines():
            changed = put(CADDYFILE, f"{before.rstrip()}\n\n{IMPORT}\n".lstrip(), tell) or changed
    if changed or not says_yes("is-active", front):
        systemctl("enable", front)
        systemctl("reload-or-restart", front)


def configured(front, name, certificate):
    """Return our part of the configuration. The templates mark by @…@ what depends on the site."""
    cert, key = certificate or ("", "")
    of_caddy = "tls internal" if name.endswith(LOCAL) else "# with a certificate that Caddy gets by itself"
    values = {"NAME": name, "CERTIFICATE": cert, "KEY": key, "TLS": f'tls "{cert}" "{key}"' if cert else of_caddy}
    text = (TEMPLATES / FILES[front].name).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z]+)@", lambda found: values[found.group(1)], text)


def leave(front, tell):
    """Take our part out of a web server's configuration. The server itself goes on: it may serve other sites."""
    if front == "caddy" and CADDYFILE.exists():
        lines = CADDYFILE.read_text(encoding="utf-8").splitlines()
        if IMPORT in lines:
            put(CADDYFILE, "\n".join(line for line in lines if line != IMPORT).rstrip() + "\n", tell)
    if remove(FILES[front], tell) and says_yes("is-active", front):
        systemctl("reload-or-restart", front)
