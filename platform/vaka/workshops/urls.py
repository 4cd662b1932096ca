from django.urls import path

from vaka.workshops import plan

app_name = "workshops"
urlpatterns = [
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
]
