"""What programs read: who issues, with which keys, what was achieved, what is revoked. Public, and the same for everybody."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from vaka.credentials import badge, keys, status_list
from vaka.credentials.certificate import Facts
from vaka.credentials.models import Credential, SigningKey

FRESH = 300  # seconds


def document(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A document that any program may fetch, also one in somebody's browser, and keep for a while."""

    @require_safe
    @cache_control(public=True, max_age=FRESH)
    def answer(request: HttpRequest, **wanted: str) -> HttpResponse:
        response = view(request, **wanted)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


def linked_data(value: dict[str, Any]) -> JsonResponse:
    return JsonResponse(value, content_type="application/ld+json", json_dumps_params={"indent": 2})


@document
def issuer(request: HttpRequest) -> HttpResponse:
    return linked_data({"@context": [badge.W3C, badge.OPEN_BADGES], **badge.issuer()})


@document
def key_set(request: HttpRequest) -> HttpResponse:
    """All keys that signed what is good, as a JWK Set; first today's."""
    keys.current()
    published = {"keys": [key.jwk for key in SigningKey.objects.published()]}
    return JsonResponse(published, content_type="application/jwk-set+json", json_dumps_params={"indent": 2})


@document
def key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    return JsonResponse(
        key_or_404(thumbprint).jwk, content_type="application/jwk+json", json_dumps_params={"indent": 2}
    )


@document
def key_as_pem(request: HttpRequest, thumbprint: str) -> HttpResponse:
    public = keys.public(key_or_404(thumbprint).x)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return HttpResponse(pem, content_type="application/x-pem-file")


@document
def status(request: HttpRequest) -> HttpResponse:
    """The signed list of those revoked. It is signed anew when it changes, and now and then."""
    list_bits = status_list.bits()
    kept = cache.get("certificates-revoked")
    if kept is None or kept[0] != (list_bits, keys.current().pk):
        kept = ((list_bits, keys.current().pk), status_list.signed(timezone.now().replace(microsecond=0)))
        cache.set("certificates-revoked", kept, timeout=FRESH)
    return HttpResponse(kept[1], content_type="application/vc+jwt")


@document
def achievement(request: HttpRequest, achievement: str) -> HttpResponse:
    found = Credential.objects.published().filter(achievement=achievement).order_by("-issued_at").first()
    if found is None:
        raise Http404
    facts = Facts.from_json(found.facts)
    return linked_data({"@context": [badge.W3C, badge.OPEN_BADGES], **badge.achievement(facts)})


@document
def terms(request: HttpRequest) -> HttpResponse:
    """The words of our own context, and what they mean."""
    context = {"rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
    graph = [{"@id": badge.site(f"terms#{term}"), "rdfs:comment": meaning} for term, meaning in badge.TERMS.items()]
    return linked_data({"@context": context, "@graph": graph})


def key_or_404(thumbprint: str) -> SigningKey:
    found = SigningKey.objects.published().filter(pk=thumbprint).first()
    if found is None:
        raise Http404
    return found
