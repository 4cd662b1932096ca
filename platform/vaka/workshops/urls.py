from django.urls import path

from vaka.workshops import board, door, people, plan, strip, trainee

app_name = "workshops"
urlpatterns = [
    path("join/", door.join, name="join"),
    path("join/<str:code>/", door.join, name="join_code"),
    path("workshops/", plan.workshops, name="workshops"),
    path("workshops/new", plan.make, name="make"),
    path("workshops/<int:workshop>/", plan.plan, name="plan"),
    path("workshops/<int:workshop>/edit", plan.edit, name="edit"),
    path("workshops/<int:workshop>/copy", plan.copy, name="copy"),
    path("workshops/<int:workshop>/rehearse", plan.rehearse, name="rehearse"),
    path("workshops/<int:workshop>/agenda/new", plan.agenda, name="add_agenda"),
    path("workshops/<int:workshop>/agenda/<int:item>", plan.agenda, name="agenda"),
    path("workshops/<int:workshop>/agenda/<int:item>/remove", plan.remove_agenda, name="remove_agenda"),
    path("workshops/<int:workshop>/staff/add", plan.add_staff, name="add_staff"),
    path("workshops/<int:workshop>/staff/<int:staff>/remove", plan.remove_staff, name="remove_staff"),
    path("workshops/<int:workshop>/seats", people.people, name="people"),
    path("workshops/<int:workshop>/seats.csv", people.roster_file, name="roster"),
    path("workshops/<int:workshop>/seats/<int:number>/code", people.seat_code, name="seat_code"),
    path("workshops/<int:workshop>/seats/<int:unopened>/remove", people.remove_seat, name="remove_seat"),
    path("workshops/<int:workshop>/slide", people.slide, name="slide"),
    path("workshops/<int:workshop>/mine", trainee.seat, name="seat"),
    path("workshops/<int:workshop>/mine/keep", trainee.keep, name="keep"),
    path("workshops/<int:workshop>/mine/strip", strip.strip, name="strip"),
    path("workshops/<int:workshop>/mine/hand", strip.raise_hand, name="raise"),
    path("workshops/<int:workshop>/mine/hand/lower", strip.lower_hand, name="lower"),
    path("workshops/<int:workshop>/mine/events", strip.events, name="seat_events"),
    path("workshops/<int:workshop>/room", board.room, name="room"),
    path("workshops/<int:workshop>/room/events", board.events, name="room_events"),
    path("workshops/<int:workshop>/room/done", board.resolve, name="resolve"),
    path("workshops/<int:workshop>/room/<int:number>", board.tile, name="tile"),
]
