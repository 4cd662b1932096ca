"""An invitation by link works for one person, once, for 30 days."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from tests.vaka.mentoring.visits import answer, sees
from vaka.mentoring.models import Membership, Mentorship


def test_an_invitation_link_works_for_one_person_once(
    programme, grace, grace_client, ada, ada_client, linus_client, client
):
    membership = Membership.objects.get(mentor=grace)
    page = grace_client.post(reverse("mentoring:invite", args=[membership.pk]), {"trainee": ""}, follow=True).text
    made = Mentorship.objects.get()
    link = reverse("mentoring:by_link", args=[made.key])
    assert link in page
    assert client.get(link).status_code == 302, "a visitor has to sign in first"
    linus_client.post(link, {"answer": "no"})
    assert ada_client.post(link, {"answer": "yes"}, follow=True).status_code == 200
    assert sees(grace, ada)
    assert linus_client.post(link, {"answer": "yes"}).status_code == 404
    assert linus_client.get(reverse("mentoring:by_link", args=["x"])).status_code == 404


def test_an_invitation_older_than_30_days_is_not_valid(invited, ada_client, grace, ada):
    Mentorship.objects.update(invited_at=timezone.now() - timedelta(days=31))
    assert answer(ada_client, invited).status_code == 404
    assert not sees(grace, ada)


def test_a_used_invitation_says_why_it_is_over_and_what_to_do(followed, ada_client, linus_client):
    for client, path in (
        (linus_client, reverse("mentoring:by_link", args=["used"])),
        (ada_client, reverse("mentoring:by_name", args=[followed.pk])),
    ):
        page = client.get(path)
        assert page.status_code == 404
        assert "This invitation is not valid any more" in page.text
        assert "ask the person who sent it for a new one" in page.text
