"""Fetches the lab that an address names, with the values of the person who asks. Answers 404 if there is none."""

from labs.engine.definition.spec import Lab
from labs.registry import seeds, versions
from vaka.accounts.requests import SignedInRequest


def own_lab(request: SignedInRequest, lab: str) -> Lab:
    """Return the lab with the values that this person has in it; the author's, if they have none or the lab has changed since."""
    plain = versions.newest_or_404(lab)
    try:
        return versions.newest(lab, seeds.kept(request.user, plain))
    except versions.NoSuchLab:
        return plain
