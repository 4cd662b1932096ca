"""The web server in front of an installed site, Caddy or nginx: it speaks HTTPS, and sends terminals to the gateway.

Caddy gets its certificate by itself: for a name on the Internet from Let's Encrypt, for one such as learn.home.arpa from an
authority of its own. nginx needs one in two files.
"""

import re
import time
from pathlib import Path

from steps import WITHIN, Stop, finish, installed, run, which
from system_files import put, remove, says_yes, systemctl

TEMPLATES = Path(__file__).resolve().parent / "service"
CADDYFILE = Path("/etc/caddy/Caddyfile")
FILES = {"caddy": Path("/etc/caddy/vaka.caddyfile"), "nginx": Path("/etc/nginx/conf.d/vaka.conf")}
IMPORT = f"import {FILES['caddy']}"
HTTP, HTTPS = 80, 443  # Caddy needs the first one for its certificate, nginx to lead visitors to the second
LISTENS_WITHIN = 30  # seconds
# Names that no server on the Internet has, as vaka.internet_exposure lists them: no authority there certifies one
LOCAL = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".test", ".invalid", ".alt")


def needs(front, needed):
    """Add the package to ``needed``. Raises Stop if a port has another owner than our own previous web server."""
    if front == "none":
        return
    ours = {front, *(other for other, file in FILES.items() if file.exists())}
    for port in (HTTP, HTTPS):
        if others := sorted(holders(port) - ours):
            raise Stop(
                f"Port {port} is taken by {', '.join(others)}, so {front} could not start. Stop it. Or, if it is the web server "
                "that you want in front of Vaka, choose --front none, and set it up as docs/operating.md says (“Behind a proxy”)."
            )
    if not which("ss"):
        needed.package("set-up looks which program has a port", "iproute2")
    if not installed(front):
        needed.package("the site needs a web server in front of it, which speaks HTTPS", front)


def holders(port):
    """Return the names of the programs that listen on a port of this server. Without ss, which ``needs`` installs, none."""
    if not which("ss"):
        return set()
    _, said = finish(["ss", "-Hltnp", f"sport = :{port}"], f"Looking at port {port}", WITHIN)
    return set(re.findall(r'\("([^"]+)",pid=', said))


def must_read(front, certificate):
    """Raise Stop if Caddy, which does not run as root, cannot read the certificate or its key."""
    if front != "caddy":
        return
    for path in certificate or ():
        asked = ["runuser", "-u", "caddy", "--", "test", "-r", path]
        if finish(asked, f"Looking whether Caddy can read {path}", WITHIN)[0]:
            raise Stop(
                f"Caddy runs as the account caddy, which cannot read {path}. Give it a copy (install -m 640 -g caddy FILE "
                "/etc/caddy/), and name that. Or choose --front nginx, which reads it as root."
            )


def ensure(front, name, certificate, settings, tell):
    """Configure the web server for a site of this name. ``certificate``: two paths, or None as Caddy gets its own.

    ``settings``: those of the site, which say where it listens. The configuration is tried before the previous server is stopped.
    """
    others = sorted(set(FILES) - {front})
    if front == "none":
        for other in others:
            leave(other, tell)
        return
    wanted = {FILES[front]: configured(front, name, certificate, settings)}
    if front == "caddy":
        text = content(CADDYFILE) or ""
        wanted[CADDYFILE] = text if IMPORT in text.splitlines() else f"{text.rstrip()}\n\n{IMPORT}\n".lstrip()
    before = {path: content(path) for path in wanted}
    changed = [path for path, text in wanted.items() if put(path, text, tell, mode=mode_of(path))]
    try:
        if changed:
            try_configuration(front)
        for other in others:
            leave(other, tell, stop=True)
        if changed or not says_yes("is-active", front) or front not in holders(HTTPS):
            systemctl("enable", front)
            systemctl("reload-or-restart", front)
        must_listen(front)
    except Stop:
        # Otherwise the next run would find nothing to do, and a restart of the web server would fail for its other sites, too
        for path in changed:
            put_back(path, before[path], tell)
        raise


def content(path):
    """Return the text of a file; None if it is not there."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def mode_of(path):
    return path.stat().st_mode & 0o777 if path.exists() else 0o644


def put_back(path, text, tell):
    if text is None:
        remove(path, tell)
    else:
        put(path, text, tell, mode=mode_of(path))


def try_configuration(front):
    """Raise Stop, with what the web server says, if it does not understand its configuration."""
    commands = {
        "caddy": ["caddy", "validate", "--config", str(CADDYFILE), "--adapter", "caddyfile"],
        "nginx": ["nginx", "-t"],
    }
    run(commands[front], f"Trying the configuration of {front}")


def must_listen(front):
    """Raise Stop if the web server does not answer at the port of HTTPS."""
    until = time.monotonic() + LISTENS_WITHIN
    while front not in holders(HTTPS):
        if time.monotonic() > until:
            raise Stop(f"{front} runs and does not listen on port {HTTPS}. Read: journalctl -u {front}")
        time.sleep(0.5)


def configured(front, name, certificate, settings):
    """Return our part of the configuration. The templates mark by @…@ what depends on the site."""
    cert, key = certificate or ("", "")
    of_caddy = "tls internal" if name.endswith(LOCAL) else "# with a certificate that Caddy gets by itself"
    values = {"NAME": name, "CERTIFICATE": cert, "KEY": key, "TLS": f'tls "{cert}" "{key}"' if cert else of_caddy}
    values["SITE"], values["GATEWAY"] = listening(settings)
    text = (TEMPLATES / FILES[front].name).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z]+)@", lambda found: values[found.group(1)], text)


def listening(settings):
    """Return where site and gateway listen, such as 127.0.0.1:8000."""
    bind = settings.get("VAKA_BIND", "").strip("[]")
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{settings.get('VAKA_PORT') or 8000}", f"{host}:{settings.get('VAKA_GATEWAY_PORT') or 8001}"


def leave(front, tell, stop=False):
    """Take our part out of a web server's configuration. The server goes on for its other sites, unless another needs its ports."""
    if stop and FILES[front].exists() and says_yes("is-active", front):
        tell.did(f"stopping {front}, as its ports are needed")
        systemctl("disable", "--now", front)
    if front == "caddy" and CADDYFILE.exists():
        lines = CADDYFILE.read_text(encoding="utf-8").splitlines()
        if IMPORT in lines:
            text = "\n".join(line for line in lines if line != IMPORT).rstrip() + "\n"
            put(CADDYFILE, text, tell, mode=mode_of(CADDYFILE))
    if remove(FILES[front], tell) and says_yes("is-active", front):
        systemctl("reload-or-restart", front)
