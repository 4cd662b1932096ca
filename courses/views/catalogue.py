"""The catalogue of courses, the page of a course with its project, and enrolling."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import services
from courses.certificate_progress import certificate_progress
from courses.loader import catalogue as course_catalogue
from courses.loader import library
from courses.pages import catalogue as catalogue_page
from courses.progress import CourseProgress
from courses.views.content_or_404 import course_or_404
from vaka.accounts.permissions import teaches
from vaka.accounts.requests import SignedInRequest


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    reader = request.user if request.user.is_authenticated else None
    content = library(settings.COURSE_CONTENT)
    found = catalogue_page.catalogue_for(reader, content.courses)
    context = {"catalogue": found, "has_placement": content.placement is not None}
    return render(request, "courses/catalogue.html", context)


@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    reader = request.user if request.user.is_authenticated else None
    row = catalogue_page.catalogue_for(reader, course_catalogue(settings.COURSE_CONTENT)).rows[found.id]
    progress, enrolled = row.progress or CourseProgress(found), row.enrolled
    context = {
        "course": found,
        "row": row,
        "progress": progress,
        "done": progress.done,
        "enrolled": enrolled,
        "for_trainers": found.trainer is not None and teaches(request.user),
    }
    if request.user.is_authenticated and enrolled:
        context["certificate"] = certificate_progress(request.user, progress)
    return render(request, "courses/course.html", context)


@require_safe
def project(request: HttpRequest, course: str) -> HttpResponse:
    """The closing project of a course, with the checklist by which it is marked."""
    found = course_or_404(course)
    if found.project is None:
        raise Http404(_("This course has no closing project."))
    return render(request, "courses/project.html", {"course": found, "project": found.project})


@login_required
@require_POST
def enrol(request: SignedInRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    services.enrol(request.user, found)
    return redirect("courses:course", found.id)
