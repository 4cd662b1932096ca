from django.urls import path

from vaka.mentoring.views import copies, mentor, mentorships, my_mentors, programmes, questions

app_name = "mentoring"
urlpatterns = [
    # For mentors
    path("", mentor.hour, name="hour"),
    path("away", mentor.away, name="away"),
    path("trainees/<int:trainee>/", mentor.trainee, name="trainee"),
    path("trainees/<int:trainee>/note", mentor.note, name="note"),
    path("trainees/<int:trainee>/due", mentor.assign, name="assign"),
    path("trainees/<int:trainee>/labs/<slug:lab>/", mentor.lab, name="lab"),
    path("trainees/<int:trainee>/sessions/<uuid:session>/copy", copies.copy_lab, name="copy_lab"),
    path("attempts/<int:attempt>/comment", mentor.comment, name="comment"),
    path("notes/<int:note>/delete", mentor.delete_note, name="delete_note"),
    path("due/<int:assignment>/drop", mentor.delete_assignment, name="delete_assignment"),
    # For mentors and trainees
    path("attempts/<int:attempt>/", mentor.attempt, name="attempt"),
    path("questions/<int:asked>/", questions.question, name="question"),
    path("mentorships/<int:mentorship>/end", mentorships.end_mentorship, name="end_mentorship"),
    # For trainees
    path("mine/", my_mentors.my_mentors, name="my_mentors"),
    path("invitations/<int:mentorship>/", mentorships.by_name, name="by_name"),
    path("join/<str:key>/", mentorships.by_link, name="by_link"),
    path("ask/lesson/<slug:course>/<slug:lesson>/", questions.ask_lesson, name="ask_lesson"),
    path("ask/check/<uuid:session>/<str:check>/", questions.ask_check, name="ask_check"),
    path("questions/<int:asked>/delete", questions.delete_question, name="delete_question"),
    # For coordinators
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/make", programmes.create, name="create_programme"),
    path("programmes/<int:programme>/", programmes.programme, name="programme"),
    path("programmes/<int:programme>/mentors", programmes.add_mentor, name="add_mentor"),
    path("programmes/<int:programme>/coordinators", programmes.add_coordinator, name="add_coordinator"),
    path("programmes/<int:programme>/coordinators/accept", programmes.accept_coordination, name="accept_coordination"),
    path(
        "programmes/<int:programme>/coordinators/decline", programmes.decline_coordination, name="decline_coordination"
    ),
    path(
        "programmes/<int:programme>/coordinators/<int:person>/remove",
        programmes.remove_coordinator,
        name="remove_coordinator",
    ),
    path("mentors/<int:membership>/invite", programmes.invite, name="invite"),
    path("mentors/<int:membership>/remove", programmes.remove_mentor, name="remove_mentor"),
    path("mentorships/<int:mentorship>/", programmes.invitation, name="invitation"),
    path("mentorships/<int:mentorship>/transfer", programmes.transfer, name="transfer"),
]
