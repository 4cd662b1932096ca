"""A page with terminals and nothing else, under the site's own base page, policy and tokens."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_POST

from labs.models import LabSession
from labs.terminals import tokens

NODES = [
    {"name": "r1", "kind": "frr", "typeable": True},
    {"name": "flood", "kind": "host", "typeable": True},
    {"name": "r3", "kind": "frr", "typeable": False},
]
PAGE = """{% extends "web/base.html" %}{% load labs %}{% block title %}Terminals{% endblock %}
{% block head %}{% include "labs/_terminals_head.html" %}{% endblock %}
{% block content %}<h1>Terminals</h1><p><a href="#t-flood">The flood</a></p>
<form>{% csrf_token %}</form>
<section class="term" aria-label="Terminals"><lab-terminals
  data-gateway="{% terminal_gateway %}"
  data-token-url="/terminals/terminal-token" data-nodes="{{ nodes }}">
{% include "labs/_terminal_words.html" %}<p>Terminals need JavaScript.</p></lab-terminals></section>{% endblock %}"""


@login_required
def page(request):
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render({"nodes": json.dumps(NODES)}, request))


@require_POST
@login_required
def token(request):
    asked = request.POST
    session = LabSession.objects.get(learner=request.user)
    issued = tokens.issue(request.user.pk, session.pk, asked["node"], asked["terminal"], asked["mode"])
    return JsonResponse({"token": issued})


urlpatterns = [path("terminals/", page), path("terminals/terminal-token", token), path("", include("vaka.urls"))]
