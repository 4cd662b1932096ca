"""System checks: a site whose content has errors does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from courses.loader import load
from labs.typed_yaml.authoring_errors import AuthoringErrors


@register
def content_loads(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        load(settings.COURSE_CONTENT)
    except AuthoringErrors as found:
        return [Error(str(error), id="courses.E001") for error in found.errors]
    except OSError as error:
        return [Error(f"The courses cannot be read: {error}.", id="courses.E002")]
    return []
