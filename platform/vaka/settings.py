"""Django's settings. The settings of an operator come from the environment: see docs/operating.md."""

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from vaka import env, host_names, internet_exposure, lan, languages, logs, machine, periodic_tasks


def folder(package: str) -> Path:
    """Return the folder of a package, in a clone and in an installed wheel alike."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin).parent


# State: one folder, which upgrades keep. A clone has a default, an installed package has not
STATE_DIR = env.state_folder(folder("vaka").parents[1])
RUN_DIR = STATE_DIR / "run"
RELAY_SOCKET = RUN_DIR / "engine" / "relay.sock"
BROKER_SOCKET = RUN_DIR / "site" / "broker.sock"
UNIT = env.text("VAKA_UNIT")  # the unit of systemd that runs the site; empty: somebody types `manage.py up`
SITE_ID_TEXT = env.made_once(STATE_DIR / "site_id", lambda: secrets.token_hex(8), mode=0o644)

DEBUG = env.flag("VAKA_DEBUG")
BEHIND_PROXY = env.flag("VAKA_HTTPS")  # a proxy in front terminates HTTPS
CERT, KEY = env.text("VAKA_CERT"), env.text("VAKA_KEY")  # or the site itself speaks HTTPS
HTTPS = BEHIND_PROXY or bool(CERT)
SECRET_KEY = env.secret("VAKA_SECRET_KEY", STATE_DIR / "secret_key")

# The site's addresses
LAN = lan.address(env.text("VAKA_LAN"))  # our address on the LAN; empty: only this server, or a proxy in front
HOSTS = [*env.words("VAKA_HOSTS"), *lan.names(CERT), *([lan.in_url(LAN)] if LAN else [])]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *HOSTS]
PORT = env.port("VAKA_PORT", 8000)
LAN_URL = f"{'https' if HTTPS else 'http'}://{host_names.shown(HOSTS) or lan.in_url(LAN)}:{PORT}" if LAN else ""
GATEWAY_PORT = env.port("VAKA_GATEWAY_PORT", 8001)
GATEWAY_URL = env.text("VAKA_GATEWAY_URL")  # empty: the page's own host, at GATEWAY_PORT

# The lasting address of the site. Certificates contain it, signed
PUBLIC_URL = env.origin("VAKA_PUBLIC_URL") or (
    f"https://{HOSTS[0]}" if BEHIND_PROXY and HOSTS else LAN_URL or f"http://localhost:{PORT}"
)
ISSUER = env.text("VAKA_ISSUER") or f"Vaka, {PUBLIC_URL.partition('://')[2]}"  # the issuer that certificates name

# Sign-up: on the Internet closed unless the operator opens it; on a laptop or a LAN open
BIND = env.text("VAKA_BIND").strip("[]") or LAN
IS_PUBLIC = internet_exposure.has_public_name(
    hosts=[*env.words("VAKA_HOSTS"), *([] if LAN else lan.names(CERT))],
    public_url=env.origin("VAKA_PUBLIC_URL"),
    behind_proxy=BEHIND_PROXY,
    bind=BIND,
    own=[here.address for here in lan.addresses()] if BIND in ("0.0.0.0", "::") else [],  # noqa: S104  # it is read, not bound
)
SIGNUP = env.choice("VAKA_SIGNUP", ("open", "code", "approval", "closed"), "closed" if IS_PUBLIC else "open")
SIGNUP_VOUCHERS = (
    "vaka.mentoring.signup_voucher.signup_voucher"  # tells who was invited and may sign up although it is closed
)
CONTACT = env.text("VAKA_CONTACT")  # whom to ask for an account; empty: "an administrator of this site"

# The token to read /metrics from another machine
METRICS_TOKEN = env.token("VAKA_METRICS_TOKEN")

# Content
LAB_CATALOG = Path(env.text("VAKA_LAB_CATALOG") or folder("labs") / "catalog").absolute()
COURSE_CONTENT = folder("courses") / "content"

# Labs
# The factor by which this server is slower than the one for which limits in seconds were set
PACE = machine.pace(STATE_DIR)
LAB_START_SECONDS = env.number("VAKA_LAB_START_SECONDS", round(60 * PACE), least=20)  # a slower start counts as failed
LAB_MEMORY_MB = env.number("VAKA_LAB_MEMORY_MB", machine.lab_memory_mb(), least=64)  # for all labs together
LAB_OVERCOMMIT = env.factor("VAKA_LAB_OVERCOMMIT", 2.0, least=1.0, most=20.0)  # sum of hard limits over that
LAB_CORES = env.number("VAKA_LAB_CORES", machine.cores(), least=1)  # that starts may use
LAB_STARTS_AT_ONCE = max(4, min(32, 2 * LAB_CORES))  # the starter has as many processes
# Empty containers in the pool; the administration sets the other sizes
LAB_POOL_EMPTY = env.number("VAKA_LAB_POOL_EMPTY", 0)
LAB_POOL_PERCENT = 50  # the largest part of the labs' memory for pooled labs that nobody reserved
LAB_POOL_LEAD_MINUTES = 20  # before an agenda item begins, its labs are built
LAB_CHECK_SECONDS = round(180 * PACE)  # the longest check of all stages
LAB_SPARE_MINUTES = 30  # added to a lab's own minutes
# After these without typing, the lab is saved and stopped
LAB_IDLE_MINUTES = env.number("VAKA_LAB_IDLE_MINUTES", 30, least=5)
LAB_EXTENSIONS = 3  # how often a learner may extend a lab
LAB_EXTENSION_MINUTES = 20  # added each time
LAB_EXTENSION_WITHIN = 30  # only in the last minutes
# The limit on running and queued labs of all unverified accounts together; None: no limit but capacity
LABS_UNVERIFIED = env.number("VAKA_LABS_UNVERIFIED", 4) if IS_PUBLIC or env.text("VAKA_LABS_UNVERIFIED") else None
LAB_PAUSES = "vaka.workshops.services.pauses.paused_sessions"  # tells which lab sessions are paused now
LAB_COURSES = "courses.lab_catalogue.labs_by_course"  # tells in which course and after which lesson a lab stands
LAB_QUESTIONS = "courses.pages.lesson_of_lab.open_questions_of_lab"  # tells which questions come first after a lab
LAB_EXAMS = "vaka.workshops.services.exams.page_of_session"  # tells where a learner hands in an exam
LAB_TIME_GIVEN = "vaka.workshops.services.exams.count_given_time"  # hears that a lab was given more time
LABS_CLOSED = "vaka.workshops.services.exams.labs_closed_to"  # tells which labs an exam closes to a person
LAB_TERMS = "courses.term_popover.explained"  # explains a term in the guide of a lab
LAB_CLASSES = "vaka.workshops.permissions.class_labs_for"  # tells in which class labs a person may take a seat
LAB_TEACHING = "vaka.workshops.permissions.lab_sessions_of"  # tells which lab sessions an instructor may look after
LAB_MENTORING = (
    "vaka.mentoring.permissions.lab_sessions_to_copy"  # tells of which lab sessions a mentor may open copies
)
LAB_TRAINEES = "vaka.workshops.permissions.trainees_of"  # tells to whom an instructor may give a seat of a class lab
LAB_SUPERVISION = "vaka.workshops.services.supervised_attempts.supervising_workshop"  # tells the workshop of an attempt
ACCOUNT_FLAGS = {  # what every page must know of the account that is signed in: vaka.accounts.account_flags
    "runs_workshops": "vaka.workshops.permissions.roles_of",
    "has_mentor": "vaka.mentoring.models.mentorships_of",
    "has_live_lab": "labs.pages.catalogue.live_sessions_of",
    "an_exam_runs": "vaka.workshops.services.exams.exams_of",
}
CLEAN_IMAGES_DAYS = env.number("VAKA_CLEAN_IMAGES_DAYS", 14, least=1)  # then lab images of other versions are removed
CLEAN_SAVES_DAYS = env.number("VAKA_CLEAN_SAVES_DAYS", 180, least=1)  # then saved work that nobody resumed is removed
GUEST_DAYS = env.number("VAKA_GUEST_DAYS", 90, least=1)  # after the workshop, its guests' accounts are removed
CLEANERS = ["vaka.workshops.services.guest_expiry.leftovers"]  # more work for the daily cleaning

# Database
DATABASES = {"default": env.database("DATABASE_URL", env.sqlite_file(STATE_DIR))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Broker and cache. The cache holds rate limits only. One site process needs no server for them; several share one
REDIS_URL = env.text("REDIS_URL") or f"unix://{BROKER_SOCKET}"
CACHE_URL = env.text("CACHE_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "vaka",
        # A full cache drops entries at random. With Django's default of 300, guesses at 300 names would clear the limits.
        # vaka.accounts.password_guesses has 65,536 counters for names that nobody has, each for up to three windows
        "OPTIONS": {"MAX_ENTRIES": 300_000},
    }
}

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True  # the row is the result
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {  # so that a check never waits for forty starts, or for the saves of forty labs
    "labs.lifecycle.tasks.start_session": {"queue": "starts"},
    "labs.lifecycle.tasks.save_session": {"queue": "saves"},
    "labs.lifecycle.tasks.save_changes": {"queue": "saves"},
    "labs.lifecycle.tasks.deliver_save": {"queue": "saves"},
}
CELERY_TASK_ACKS_LATE = True  # tasks are idempotent, and run again after a crash
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A short loss of the broker must not cancel a start or a check. The row says what is done; a second delivery is harmless
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A click that needs the broker must fail within seconds if it is gone, instead of retrying for minutes
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2 * PACE,
    "retry_on_timeout": False,
    # After this time a task that no worker has ended is given to another one: longer than any task may take
    "visibility_timeout": 3600 * PACE,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "site" / "beat-schedule")
CELERY_BEAT_SCHEDULE = periodic_tasks.schedule(PACE)

# Mail: without a mail server, nothing is sent and no address is verified
MAIL_HOST = env.text("VAKA_MAIL_HOST")
MAIL_PORT = env.port("VAKA_MAIL_PORT", 587)
MAIL = bool(MAIL_HOST)
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": MAIL_HOST,
            "port": MAIL_PORT,
            "username": env.text("VAKA_MAIL_USER"),
            "password": env.text("VAKA_MAIL_PASSWORD"),
            "use_tls": MAIL_PORT != 25,
            "timeout": 10,
        },
    }
    if MAIL
    else {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
}
SILENCED_SYSTEM_CHECKS = [] if MAIL else ["mail.E001"]  # no mail on purpose; the pages say so
DEFAULT_FROM_EMAIL = env.text("VAKA_MAIL_FROM", "vaka@localhost")

# HTTP
LARGEST_BODY = 256 << 10  # bytes of a request body (vaka.web.body_limits); the largest upload, a logo, has 200 KB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # of a form: the attendance of 200 seats at 40 agenda items
ROOT_URLCONF = "vaka.urls"
ASGI_APPLICATION = "vaka.asgi.application"
MIDDLEWARE = [
    "vaka.accounts.middleware.mark_browser",
    "vaka.web.middleware.log_about",
    "vaka.web.middleware.compress_pages",  # after all that changes a page
    "vaka.web.middleware.privacy",  # before the session, so that it sees its cookies
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "vaka.web.middleware.content_security_policy",  # after Django's, which writes the header that ours decides on
    "vaka.web.middleware.refuse_long_addresses",
    "vaka.web.middleware.refuse_nul",  # before the session, which is the first query with a text of the request
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vaka.web.middleware.name_reader",
    "vaka.web.middleware.time_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "vaka.web.middleware.RefuseUnusualNumbers",
    "vaka.workshops.middleware.ExamRules",  # after messages: it says why a page is closed
    "vaka.web.middleware.lead_to_page",
    "allauth.account.middleware.AccountMiddleware",
    "vaka.accounts.middleware.SuspendedRequests",
]
if env.flag("VAKA_PREVIEW"):  # set by preview_content, which shows authors their mistakes as a page
    MIDDLEWARE.insert(0, "courses.preview_middleware.preview")

# Languages
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LOCALE_PATHS = [folder("vaka") / "locale"]
LANGUAGES = languages.offered(LOCALE_PATHS[0])

# Apps and templates
INSTALLED_APPS = [
    "vaka.web",  # before allauth, so that our templates are found first
    "vaka.home",
    "vaka.search",
    "vaka.workshops",
    "vaka.mentoring",
    "vaka.accounts",
    "vaka.ops",
    "vaka.credentials",
    "courses",
    "labs",
    *(["rigs"] if find_spec("rigs") else []),  # a clone has them, a wheel does not
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vaka.web.context_processors.site",
                "vaka.accounts.context_processors.accounts",
                "vaka.workshops.context_processors.seat_bar",
                "vaka.workshops.context_processors.slides_bar",
                "labs.context_processors.running_lab",
            ],
        },
    },
]
FORM_RENDERER = "vaka.web.forms.Renderer"

# People
AUTH_USER_MODEL = "accounts.User"
PEOPLE_TRAINEES = [  # tell for whom a mentor or an instructor may make a password link
    "vaka.workshops.permissions.trainees_of",
    "vaka.mentoring.permissions.trainees_of",
]
PEOPLE_WITH_A_PART = [  # tell who helps to run a workshop or a programme: only administrators make links for these
    "vaka.workshops.permissions.who_run_something",
    "vaka.mentoring.permissions.mentors_and_coordinators",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home:home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if MAIL else "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = MAIL  # a code also works if the mail is read on another device
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to people without an account; the page tells nobody which it is
ACCOUNT_FORMS = {
    "login": "vaka.accounts.forms.LoginForm",
    "signup": "vaka.accounts.forms.SignupForm",
    "change_password": "vaka.accounts.forms.ChangePasswordForm",
    "set_password": "vaka.accounts.forms.SetPasswordForm",
    "reset_password": "vaka.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "vaka.accounts.forms.ResetPasswordKeyForm",
    "add_email": "vaka.accounts.forms.AddEmailForm",
    "confirm_email_verification_code": "vaka.accounts.forms.ConfirmEmailForm",
    "change_email": "vaka.accounts.forms.ChangeEmailForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "vaka.accounts.adapter.AccountAdapter"
ACCOUNT_USERNAME_BLACKLIST = ["trainee", "mentor", "instructor", "visitor"]  # demo people (vaka.ops.demo_people)
PASSWORD_RESET_TIMEOUT = 3600  # seconds; for links by mail and for links that an instructor hands over
# allauth locks accounts and counts by typed name and Host. vaka.accounts.password_guesses replaces that
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "reauthenticate": None,
    "change_password": None,
    # What sends mail to an address that somebody types, vaka.accounts.mail_limits counts
    "signup": None,
    "reset_password": None,
    "manage_email": "10/m/user,30/d/user",
    "reset_password_from_key": None,
    "request_login_code": "3/m/key",
    "verify_phone": None,
}
MFA_ADAPTER = "vaka.accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "vaka.accounts.second_step_forms.AuthenticateForm",
    "reauthenticate": "vaka.accounts.second_step_forms.ReauthenticateForm",
    "activate_totp": "vaka.accounts.second_step_forms.ActivateTOTPForm",
    "add_webauthn": "vaka.accounts.passkey_forms.AddWebAuthnForm",
    "edit_webauthn": "vaka.accounts.passkey_forms.EditWebAuthnForm",
    "signup_webauthn": "vaka.accounts.passkey_forms.SignupWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = not MAIL
MFA_PASSKEY_LOGIN_ENABLED = True
# Sign-up with a passkey needs a mail address that was verified by a code. Else a lost key would lose the account
MFA_PASSKEY_SIGNUP_ENABLED = MAIL
MFA_TOTP_ISSUER = "Vaka"
MFA_TOTP_TOLERANCE = 1  # RFC 6238, section 5.2: one step for slow fingers, slow links and clocks without Internet time

# Security
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],  # and the gateway: vaka.web.middleware
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],  # the service worker of the offline page
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "vaka.accounts.browser_sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in env.words("VAKA_HOSTS")] if BEHIND_PROXY else []
if LAN:
    CSRF_TRUSTED_ORIGINS += [LAN_URL]
CSRF_FAILURE_VIEW = "vaka.web.views.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = BEHIND_PROXY
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]  # read on this server, or by a monitoring program
# HSTS for a year suits a lasting name. The certificate of a workshop's laptop may be gone next week
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_PROXY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_PROXY
# Browsers ignore this header on plain HTTP and warn about it on each page's console
SECURE_CROSS_ORIGIN_OPENER_POLICY = None if LAN and not HTTPS else "same-origin"

# Static files. IMPORT_MAP names our ES modules; base.html writes it with the hashed URLs
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
WHITENOISE_USE_FINDERS = False
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STATE_DIR / "media"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "vaka.web.static_storage.ManifestStaticFilesStorage"
    },
}
OUR_MODULES = (
    "web/copy-code",
    "web/in-view",
    "web/sending",
    "web/server-clock",
    "courses/waiting-answers",
    "labs/browser-storage",
    "labs/cables-and-captures",
    "labs/lesson-drawer",
    "labs/verdicts",
)
TERMINAL = (
    "preferences",
    "commands",
    "connection",
    "keys",
    "prediction",
    "screen",
    "search",
    "sides",
    "slowness",
    "styles",
    "waiting-keys",
)
IMPORT_MAP = {
    "@xterm/xterm": "web/vendor/xterm/xterm.mjs",
    "@xterm/addon-fit": "web/vendor/xterm/addon-fit.mjs",
    "@xterm/addon-search": "web/vendor/xterm/addon-search.mjs",
    "labs/typing-predictor": "labs/typing-predictor.js",
    **{name: f"{name}.js" for name in OUR_MODULES},
    **{f"labs/terminal-{part}": f"labs/terminal-{part}.js" for part in TERMINAL},
}

# Files of the pages that the service worker keeps for reading without a connection (docs/lab-page.md)
OFFLINE_FILES = [
    "web/tokens.css",
    "web/vaka.css",
    "courses/courses.css",
    "web/icon.svg",
    "web/offline.js",
    "web/connection.js",
    "courses/waiting-answers.js",
    "web/copy-code.js",
]

# Logs go to stderr. Under `manage.py up`, files keep them in JSON
LOG_FORMAT = env.choice("VAKA_LOG_FORMAT", ("json", "text"), "json" if env.text(logs.PROGRAM) else "text")
LOGGING = logs.config(LOG_FORMAT)
