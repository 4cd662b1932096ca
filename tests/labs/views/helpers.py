"""Helpers of the tests of views."""

import html
import re
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone


def page(client, lab):
    """Return the lab page as text, on one line and without entities."""
    answer = client.get(f"/labs/{lab.id}/")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def url(name, session):
    return reverse(f"labs:{name}", args=[session.pk])


def ends_in(session, **time):
    """Let the session end in that time; return when."""
    session.ends_at = timezone.now() + timedelta(**time)
    session.save(update_fields=["ends_at"])
    return session.ends_at


def log():
    """Return the entries of the administration's log: who did what."""
    return [(entry.user.username, entry.change_message) for entry in LogEntry.objects.order_by("pk")]
