"""The pages that mentors see of a trainee, and the answer to an invitation."""

from django.urls import reverse

from tests import builders
from vaka.accounts.models import User


def sees(mentor, trainee):
    """Return whether the mentor can open the trainee's page. The mentor's hour must show the same trainees."""
    client = builders.signed_in(User.objects.get(pk=mentor.pk))
    page = client.get(reverse("mentoring:trainee", args=[trainee.pk]))
    hour = client.get(reverse("mentoring:hour"))
    if hour.status_code == 200:
        named = reverse("mentoring:trainee", args=[trainee.pk]) in hour.text
        assert named is (page.status_code == 200)
    return page.status_code == 200


def answer(client, invitation, words="yes"):
    where = reverse("mentoring:by_name", args=[invitation.pk])
    return client.post(where, {"answer": words}, follow=True)
