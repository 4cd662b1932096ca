"""The way back from a button of the room: to the room or the page of a seat, with the lab that was chosen there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from vaka.workshops.models import Workshop


def chosen_lab(request: HttpRequest) -> str:
    """The lab that the grid is to show; empty: each seat in its current lab."""
    return request.GET.get("lab", "")[:100]


def to_room(request: HttpRequest, workshop: Workshop, number: int = 0) -> HttpResponse:
    """Redirect to the room, or to the page of a seat, and keep the chosen lab."""
    name, seat = ("workshops:room_seat", {"number": number}) if number else ("workshops:room", {})
    query = {"lab": lab} if (lab := chosen_lab(request)) else None
    return redirect(reverse(name, kwargs={"workshop": workshop.pk, **seat}, query=query))


def posted_number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else otherwise


def back_to_room(request: HttpRequest, workshop: Workshop) -> HttpResponse:
    """Redirect to the page with the button that was pressed: the room, or the page of a seat."""
    return to_room(request, workshop, posted_number(request.POST.get("from_seat", ""), 0))
