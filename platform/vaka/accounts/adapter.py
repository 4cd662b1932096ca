"""Where our sites differ from what allauth expects."""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter

from vaka.web.http import host_of


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors and passkeys."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": host_of(context.request), "name": "Vaka"}
