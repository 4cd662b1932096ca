"""The forms of cables and captures on the lab page, as a browser sends them, and the marks in the drawing."""

import re

from django.urls import reverse

LISTEN = {"interface": "r1:eth0", "filter": "icmp6", "seconds": "30"}


def url(name, session, *more):
    return reverse(f"labs:{name}", args=[session.pk, *more])


def change(client, session, number=0, **said):
    return client.post(url("cable", session), {"cable": number, **said}, headers={"X-Vaka": "panel"})


def listen(client, session, **said):
    return client.post(url("captures", session), {**LISTEN, **said}, headers={"X-Vaka": "panel"})


def mark(text):
    return re.findall(r'<text class="t(.)"[^>]*>(\w+)</text>', text)
