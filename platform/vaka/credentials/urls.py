from django.urls import path

from vaka.credentials.views import certificates, documents

app_name = "credentials"
urlpatterns = [
    path("certificates/", certificates.my_certificates, name="my_certificates"),
    path("certificates/course/<slug:course>", certificates.course, name="course"),
    path("certificates/<uuid:certificate>/", certificates.edit, name="edit"),
    path("certificates/<uuid:certificate>/withdraw", certificates.withdraw, name="withdraw"),
    path("c/", certificates.check, name="verify"),
    path("c/<str:shown_number>", certificates.public, name="public"),
    path("c/<str:shown_number>/certificate.pdf", certificates.as_pdf, name="pdf"),
    path("c/<str:shown_number>/credential.jwt", certificates.as_jwt, name="jwt"),
    path("credentials/issuer", documents.issuer, name="issuer"),
    path("credentials/keys", documents.key_set, name="keys"),
    path("credentials/keys/<str:thumbprint>.pem", documents.key_as_pem, name="key_as_pem"),
    path("credentials/keys/<str:thumbprint>", documents.key, name="key"),
    path("credentials/status", documents.status, name="status"),
    path("credentials/achievements/<path:achievement>", documents.achievement, name="achievement"),
    path("credentials/terms", documents.terms, name="terms"),
]
