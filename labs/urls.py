from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from labs.views import (
    cables,
    capacity,
    captures,
    catalogue,
    changes,
    class_labs,
    copies,
    end_of_day,
    handout,
    lab_buttons,
    lab_page,
    put_first,
    sessions,
    skip_to_stage,
    terminals,
    trainer,
    trouble_tickets,
)

app_name = "labs"
urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    # For instructors
    path("staff/capacity/", capacity.capacity, name="capacity"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/end-of-day", end_of_day.end_of_day, name="end_of_day"),
    path("sessions/class", class_labs.make, name="make_class_lab"),
    path("sessions/<uuid:session>/staff/stop", sessions.stop, name="staff_stop"),
    path("sessions/<uuid:session>/staff/extend", sessions.extend, name="staff_extend"),
    path("sessions/<uuid:session>/copy", copies.copy, name="copy"),
    path("sessions/<uuid:session>/staff/first", put_first.put_first, name="put_first"),
    path("sessions/<uuid:session>/seats", class_labs.seats, name="seats"),
    path("sessions/<uuid:session>/seats/<int:seat>/remove", class_labs.remove, name="remove_seat"),
    path("sessions/<uuid:session>/seats/<int:seat>/bot", class_labs.let_bot_play, name="let_bot_play"),
    # The lab page of a session, and its buttons
    path("sessions/<uuid:session>/", lab_page.session, name="session"),
    path("sessions/<uuid:session>/panel", lab_page.panel, name="panel"),
    path("sessions/<uuid:session>/status", lab_page.status, name="status"),
    path("sessions/<uuid:session>/events", lab_page.events, name="events"),
    path("sessions/<uuid:session>/check", lab_buttons.check, name="check"),
    path("sessions/<uuid:session>/reset", lab_buttons.reset, name="reset"),
    path("sessions/<uuid:session>/save", lab_buttons.save, name="save"),
    path("sessions/<uuid:session>/go-back", lab_buttons.go_back, name="go_back"),
    path("sessions/<uuid:session>/extend", lab_buttons.extend, name="extend"),
    path("sessions/<uuid:session>/stop", lab_buttons.stop, name="stop"),
    path("sessions/<uuid:session>/skip", skip_to_stage.skip, name="skip"),
    path("sessions/<uuid:session>/hint", trouble_tickets.hint, name="trouble_ticket_hint"),
    path("sessions/<uuid:session>/changes", changes.changes, name="changes"),
    path("sessions/<uuid:session>/configurations.zip", changes.download, name="download"),
    path("sessions/<uuid:session>/cable", cables.cable, name="cable"),
    path("sessions/<uuid:session>/captures", captures.captures_of_session, name="captures"),
    path("sessions/<uuid:session>/captures/<uuid:capture>", captures.capture, name="capture"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/pcap", captures.pcap, name="pcap"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/stop", captures.stop, name="stop_capture"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/delete", captures.delete, name="delete_capture"),
    path("sessions/<uuid:session>/sit-down", class_labs.sit_down, name="sit_down"),
    path("sessions/<uuid:session>/leave", class_labs.leave, name="leave_seat"),
    path("sessions/<uuid:session>/terminal-token", terminals.terminal_token, name="terminal_token"),
    # Old addresses that people may have bookmarked
    path("staff/room/", require_safe(RedirectView.as_view(pattern_name="labs:capacity")), name="old_capacity"),
    path("sessions/day", require_safe(RedirectView.as_view(pattern_name="labs:end_of_day")), name="old_end_of_day"),
    # The lab page of a lab
    path("<slug:lab>/", lab_page.lab, name="lab"),
    path("<slug:lab>/start", lab_buttons.start, name="start"),
    path("<slug:lab>/handout/", handout.handout, name="handout"),
    path("<slug:lab>/trainer/", trainer.trainer_page, name="trainer"),
    path("<slug:lab>/trouble-ticket", trouble_tickets.open_ticket, name="open_trouble_ticket"),
    path("<slug:lab>/skip", skip_to_stage.skip_all, name="skip_all"),
]
