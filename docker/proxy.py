"""The way to the Internet through a proxy: the variables that commands must get, through sudo too, and the certificates to trust.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

# The proxy on the way to the Internet, and the certificates to trust. Docker passes the proxy variables on to builds
PROXIES = tuple(
    name
    for lower in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
    for name in (lower, lower.upper())
)
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
# Since uv 0.11, and before
UV_CERTIFICATES = ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")


def told_by_sudo(environment, more=()):
    """Return the names of variables that a command needs as root, too. ``more``: names or prefixes. sudo gets no values here."""
    wanted = (*PROXIES, *CERTIFICATES, "DOCKER_HOST")
    return sorted(name for name in environment if name in wanted or name.startswith(("PIP_", "UV_", *more)))


def uv_trusting_the_machine(environment):
    """Return an environment in which uv trusts the machine's certificates, as pip does, for proxies that inspect TLS.

    SSL_CERT_FILE and the user's own settings for certificates take precedence.
    """
    if any(name in environment for name in UV_CERTIFICATES):
        return dict(environment)
    return {**environment, **dict.fromkeys(UV_CERTIFICATES, "true")}
