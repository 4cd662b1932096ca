"""Documents for programs that verify certificates: issuer, keys, achievements and revocations. They are public."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from vaka.credentials import badge, signing_keys, status_list
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.models import Credential, SigningKey

FRESH = 300  # seconds


def document(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a public document: caches may keep it, and scripts of other sites may fetch it (CORS)."""

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
    """All trusted keys as a JWK Set, the newest first."""
    signing_keys.current()
    published = {"keys": [key.jwk for key in SigningKey.objects.published()]}
    return JsonResponse(published, content_type="application/jwk-set+json", json_dumps_params={"indent": 2})


@document
def key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    return JsonResponse(
        key_or_404(thumbprint).jwk, content_type="application/jwk+json", json_dumps_params={"indent": 2}
    )


@document
def key_as_pem(request: HttpRequest, thumbprint: str) -> HttpResponse:
    public = signing_keys.public(key_or_404(thumbprint).x)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return HttpResponse(pem, content_type="application/x-pem-file")


@document
def status(request: HttpRequest) -> HttpResponse:
    """The signed revocation list. It is signed again when it or the key changes, and after FRESH seconds."""
    version = (status_list.bits(), signing_keys.current().pk)
    cached = cache.get("certificates-revoked")
    if cached is None or cached[0] != version:
        cached = (version, status_list.signed(timezone.now().replace(microsecond=0)))
        cache.set("certificates-revoked", cached, timeout=FRESH)
    return HttpResponse(cached[1], content_type="application/vc+jwt")


@document
def achievement(request: HttpRequest, achievement: str) -> HttpResponse:
    found = Credential.objects.published().filter(achievement=achievement).order_by("-issued_at").first()
    if found is None:
        raise Http404
    content = CertificateContent.from_json(found.content)
    return linked_data({"@context": [badge.W3C, badge.OPEN_BADGES], **badge.achievement(content)})


@document
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of our own context, and their meaning."""
    context = {"rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
    graph = [{"@id": badge.site(f"terms#{term}"), "rdfs:comment": meaning} for term, meaning in badge.TERMS.items()]
    return linked_data({"@context": context, "@graph": graph})


def key_or_404(thumbprint: str) -> SigningKey:
    found = SigningKey.objects.published().filter(pk=thumbprint).first()
    if found is None:
        raise Http404
    return found
