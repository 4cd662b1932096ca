"""Settings of the tests: a state folder of their own, gone afterwards, and everything fast."""

import atexit
import os
import shutil
import tempfile

if "VAKA_STATE" not in os.environ:
    os.environ["VAKA_STATE"] = tempfile.mkdtemp(prefix="vaka-test-")
    atexit.register(shutil.rmtree, os.environ["VAKA_STATE"], ignore_errors=True)
os.environ.setdefault("VAKA_SECRET_KEY", "only-for-the-tests-" + "x" * 40)

from vaka.settings import *  # noqa: F403
from vaka.settings import DATABASES, STATE_DIR, STORAGES, TEMPLATES

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", "vaka.example"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # On disk: what servers in threads open can then be closed, which Django does not do to a database in memory
    DATABASES["default"]["TEST"] = {"NAME": STATE_DIR / "test.sqlite3"}


NOT_OURS = ("password_url",)  # names that templates of libraries show without having them


class Unknown(str):
    """A text that Django shows for a name that a template does not know. Elsewhere it is empty, and a page says “0 bytes”."""

    def __mod__(self, name: object) -> str:
        if str(name) in NOT_OURS:
            return ""
        raise LookupError(f"A template shows {name}, and nothing gives it this name.")


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Unknown("%s")
