from django.urls import path

from labs import catchup, desk, keepsakes, packets, staff, teaching, views

app_name = "labs"
urlpatterns = [
    path("", views.labs, name="labs"),
    path("sessions/", desk.sessions, name="sessions"),
    path("sessions/class", teaching.make, name="class"),
    path("sessions/<uuid:session>/staff/stop", desk.stop, name="staff_stop"),
    path("sessions/<uuid:session>/staff/give", desk.give, name="staff_give"),
    path("sessions/<uuid:session>/staff/first", desk.first, name="staff_first"),
    path("sessions/<uuid:session>/seats", teaching.seats, name="seats"),
    path("sessions/<uuid:session>/seats/<int:seat>/remove", teaching.remove, name="remove_seat"),
    path("sessions/<uuid:session>/", views.session, name="session"),
    path("sessions/<uuid:session>/panel", views.panel, name="panel"),
    path("sessions/<uuid:session>/status", views.status, name="status"),
    path("sessions/<uuid:session>/events", views.events, name="events"),
    path("sessions/<uuid:session>/check", views.check, name="check"),
    path("sessions/<uuid:session>/reset", views.reset, name="reset"),
    path("sessions/<uuid:session>/jump", catchup.jump, name="jump"),
    path("sessions/<uuid:session>/save", views.save, name="save"),
    path("sessions/<uuid:session>/extend", views.extend, name="extend"),
    path("sessions/<uuid:session>/changes", keepsakes.changes, name="changes"),
    path("sessions/<uuid:session>/configurations.zip", keepsakes.download, name="download"),
    path("sessions/<uuid:session>/cable", packets.cable, name="cable"),
    path("sessions/<uuid:session>/captures", packets.listen, name="captures"),
    path("sessions/<uuid:session>/captures/<uuid:capture>", packets.capture, name="capture"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/pcap", packets.pcap, name="pcap"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/stop", packets.stop, name="stop_capture"),
    path("sessions/<uuid:session>/captures/<uuid:capture>/delete", packets.delete, name="delete_capture"),
    path("sessions/<uuid:session>/stop", views.stop, name="stop"),
    path("sessions/<uuid:session>/ticket", views.ticket, name="ticket"),
    path("sessions/<uuid:session>/first", staff.put_first, name="put_first"),
    path("staff/room/", staff.room, name="room"),
    path("<slug:lab>/", views.lab, name="lab"),
    path("<slug:lab>/start", views.start, name="start"),
    path("<slug:lab>/catch-up", catchup.jump_of_all, name="jump-of-all"),
]
