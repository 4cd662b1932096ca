"""The stage of signing in that verifies an e-mail address, on a site with mail."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage as AllauthEmailVerificationStage

from vaka.accounts.models import User


class EmailVerificationStage(AllauthEmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """Lets an account without an e-mail address pass: there is nothing that its owner could verify.

    Such accounts come from a seat of a workshop, from an administrator, or from when the site sent no mail. Somebody who signs up
    where the site sends mail must give an address, and verifies it.
    """

    def handle(self) -> tuple[Any, bool]:
        person = self.login.user
        if person is not None and _has_no_address(person):
            return None, True
        answer: tuple[Any, bool] = super().handle()
        return answer


def _has_no_address(person: User) -> bool:
    # allauth makes a row of an address that an administrator has entered only when its owner signs in
    return not person.email and not EmailAddress.objects.filter(user=person).exists()
