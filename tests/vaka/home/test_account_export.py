"""The data export: everything that the site stores about Ada, in a zip that only she gets and that is written while it is sent."""

import ast
import csv
import inspect
import io
import json
import os
import zipfile

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

import courses.personal_data
import vaka.mentoring.personal_data
import vaka.workshops.services.personal_data
from labs.lifecycle import captures, check_work, class_labs, personal_data, save_delivery, saves
from labs.models import Attempt, Capture, Save, TroubleTicket
from tests.builders import Taken
from vaka.accounts import password_links, signup
from vaka.accounts.models import User
from vaka.celery import app as celery
from vaka.home import account_export, zip_stream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()


@pytest.fixture
def worker(queue):
    """The worker runs each task at once, with the real broker."""
    celery.conf.task_always_eager = True
    yield queue
    celery.conf.task_always_eager = False


@pytest.fixture
def worked(ready, ada, engine, worker):
    """Ada's lab session, with an attempt, saved work and a capture."""
    ready.touch()
    saves.make(ready, engine.client_of(ready), Save.Reason.ASKED)
    engine.labs[str(ready.pk)].is_solved()
    check_work.check(ready.jobs.create(kind="attempt").pk)
    capture = Capture.objects.create(session=ready, taker=ada, interface="r1:eth0", number=1, seconds=9)
    captures._write(captures.pcap(capture), b"pcap")
    captures._write(captures.text(capture), b"text")
    capture.end("time")
    return ready


def test_the_export_has_sessions_attempts_evidence_saves_and_captures(worked, ada_client, lab):
    taken = Taken(ada_client)
    [session] = taken.json("sessions")
    assert session["lab"] == lab.id
    assert [move["state"] for move in session["moves"]][-1] == "ready"
    assert [asked["kind"] for asked in session["asked"]] == ["attempt"]
    [attempt] = taken.json("attempts")
    assert attempt["score"] == 10
    assert {verdict["check_id"]: verdict["outcome"] for verdict in attempt["verdicts"]}["on"] == "passed"
    assert {"seen", "expected", "cause", "evidence"} <= set(attempt["verdicts"][0])
    [configuration] = taken.json("configurations")
    assert configuration["attempt"] == attempt["id"]
    [save] = taken.json("saves")
    [file] = [name for name in taken.names if name.startswith("saves/")]
    assert save["id"] in file
    assert taken.zip.read(file) == saves.read(Save.objects.get())
    [capture] = taken.json("captures")
    assert taken.zip.read(f"captures/{capture['id']}.pcap") == b"pcap"
    assert taken.zip.read(f"captures/{capture['id']}.txt") == b"text"
    assert "not-included.txt" not in taken.names


def test_the_index_describes_each_file(worked, ada_client):
    taken = Taken(ada_client)
    index = taken.zip.read("index.html").decode()
    assert taken.names[0] == "index.html"
    for name in taken.names[1:]:
        folder, _slash, _rest = name.partition("/")
        assert (f"{folder}/" if _slash else name) in index, name
    rows = list(csv.DictReader(io.StringIO(taken.zip.read("attempts.csv").decode("utf-8-sig"))))
    assert [(row["lab"], row["score"]) for row in rows] == [("first-light", "10")]


def test_nobody_else_gets_ada_s_export(worked, linus_client, client):
    taken = Taken(linus_client)
    for name in ("sessions", "attempts", "configurations", "saves", "captures"):
        assert taken.json(name) == []
    assert "first-light" not in taken.text()
    assert client.get("/me/export").status_code == 302


def test_of_a_class_lab_the_export_has_only_ada_s_own_part(ngozi, ada, grace, ada_client, lab, engine, queue):
    session = class_labs.begin(ngozi, lab.id, {"left": ada, "right": grace})
    queue()
    session.refresh_from_db()
    session.seats.update(opened_at=timezone.now())
    check_work.check(session.jobs.create(kind="attempt").pk)
    for person in (ada, grace):
        Capture.objects.create(session=session, taker=person, interface="r1:eth0", number=1, seconds=9).end("lost")
    taken = Taken(ada_client)
    assert taken.json("sessions") == []
    assert [seat["nodes"] for seat in taken.json("class-labs")] == [["r1"]]
    assert [attempt["lab"] for attempt in taken.json("attempts")] == [lab.id]
    assert len(taken.json("captures")) == 1
    assert "grace" not in taken.text()


def test_the_export_does_not_reveal_hidden_checks(worked, ada_client, lab, monkeypatch):
    hidden = next(check for check in lab.checks() if check.id == "on")
    monkeypatch.setattr(type(hidden), "is_shown", lambda check, *, passed: check.id != "on")
    [attempt] = Taken(ada_client).json("attempts")
    [row] = [verdict for verdict in attempt["verdicts"] if verdict.get("hidden")]
    assert set(row) == {"hidden", "stage", "outcome", "points", "out_of"}
    [session] = Taken(ada_client).json("sessions")
    assert "on" not in [check["check_id"] for check in session["check_statuses"]]


def test_the_export_does_not_reveal_the_fault_of_an_open_trouble_ticket(worked, ada_client):
    TroubleTicket.objects.create(session=worked, seed=3, fault="bgp.no-session r1", made={"typed": ["no neighbor"]})
    text = Taken(ada_client).text()
    assert "no neighbor" not in text
    assert "bgp.no-session" not in text


def test_the_export_has_no_password_key_or_token(worked, ada, ada_client, olga):
    password_links.create_link(olga, ada)
    taken = Taken(ada_client)
    assert [link["by__username"] for link in taken.json("account")["links_to_a_new_password"]] == ["olga"]
    assert ada.password not in taken.text()
    assert ada_client.session.session_key not in taken.text()


def test_without_a_worker_the_export_lists_the_missing_files(celery_away, ada_client):
    taken = Taken(ada_client)
    [save] = taken.json("saves")
    missing = taken.zip.read("not-included.txt").decode()
    assert save["id"] in missing
    assert "worker did not answer" in missing


@pytest.fixture
def celery_away(worked, monkeypatch):
    celery.conf.task_always_eager = False
    monkeypatch.setattr(save_delivery, "WAITS", 0.2)


def test_the_export_lists_a_file_that_no_longer_exists(worked, ada_client):
    saves.path_of(Save.objects.get()).unlink()
    assert "not there any more" in Taken(ada_client).zip.read("not-included.txt").decode()


def test_a_large_save_is_complete_and_sent_in_chunks(worked, ada_client):
    content = os.urandom(3 << 20)
    saves.write_file(Save.objects.get(), content)
    taken = Taken(ada_client)
    [file] = [name for name in taken.names if name.startswith("saves/")]
    assert taken.zip.read(file) == content
    assert max(map(len, taken.pieces)) < 1 << 20, "the whole file was never in memory"


def test_a_zip_is_sent_while_it_is_written():
    opened = []

    def files():
        for number in range(50):
            opened.append(number)
            yield f"{number}.bin", [os.urandom(100_000)]

    pieces = zip_stream.streamed(files())
    got = [next(pieces) for _piece in range(5)]
    assert len(opened) < 10, "files are read only when they are sent"
    whole = b"".join([*got, *pieces])
    assert len(zipfile.ZipFile(io.BytesIO(whole)).namelist()) == 50


def test_rows_are_read_page_by_page(worked, ada, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(personal_data, "PAGE", 2)
    for number in range(5):
        Capture.objects.create(session=worked, taker=ada, interface=f"r1:eth{number}", number=number, seconds=1)
    rows = personal_data.paged(personal_data.captured(ada))
    with django_assert_num_queries(1):
        next(rows)
    assert len({row.pk for row in rows}) == 5


# The file of the export that has each relation to a person. Whoever adds a relation decides here where it belongs.
IN = {
    "account": [
        "accounts.BrowserSession.user",
        "accounts.PasswordLink.person",
        "account.EmailAddress.user",
        "mfa.Authenticator.user",
        "admin.LogEntry.user",
    ],
    "courses": [
        "courses.Enrolment.learner",
        "courses.LessonDone.learner",
        "courses.TestPaper.learner",
        "courses.SurveyReply.learner",
        "courses.RecallCard.learner",
    ],
    "answers": ["courses.QuizAnswer.learner"],
    "recall": ["courses.RecallAnswer.learner"],
    "sessions": ["labs.LabSession.learner", "labs.OpenedHint.learner"],
    "attempts": ["labs.Attempt.learner"],
    "saves": ["labs.Save.learner"],
    "captures": ["labs.Capture.taker"],
    "class-labs": ["labs.ClassSeat.user"],
    "shown-stages": ["labs.ShownStage.learner"],
    "observed": ["labs.Observer.user"],
    "workshops": ["workshops.Seat.user", "workshops.TeamMember.user", "workshops.SeatLogEntry.by"],
    "mentoring": [
        "mentoring.Programme.coordinators",
        "mentoring.Programme.asked_coordinators",
        "mentoring.Membership.mentor",
        "mentoring.Mentorship.mentor",
        "mentoring.Mentorship.trainee",
        "mentoring.Question.trainee",
        "mentoring.Note.trainee",
        "mentoring.Note.author",
        "mentoring.Assignment.trainee",
    ],
    "certificates": ["credentials.Credential.learner"],
}
OF_OTHERS = {  # who did something to a row of another person: that is in the other person's export
    "accounts.PasswordLink.by",
    "accounts.SignupCode.made_by",
    "accounts.User.approved_by",
    "credentials.Credential.revoked_by",
    "workshops.AttendanceMark.by",
    "workshops.RoomNetwork.seen_by",
    "workshops.Hand.lowered_by",
    "workshops.Workshop.slides_by",  # who leads the room now
    "mentoring.Membership.added_by",
    "mentoring.Membership.ended_by",
    "mentoring.Mentorship.invited_by",
    "mentoring.Mentorship.ended_by",
    "mentoring.Assignment.set_by",
}


def relations():
    for field in User._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToOneRel | models.ManyToManyRel) and not field.related_model._meta.auto_created:
            yield f"{field.related_model._meta.label}.{field.field.name}"


def test_the_export_covers_every_relation_to_a_person(ada_client):
    decided = {name for names in IN.values() for name in names} | OF_OTHERS
    assert set(relations()) == decided
    taken = Taken(ada_client)
    assert {f"{name}.json" for name in IN} <= set(taken.names)
    for name in taken.names:
        if name.endswith(".json"):
            json.loads(taken.zip.read(name))


# Each field of a model in the export: those that it has, and those that it leaves out, with the reason. The keys of the export are
# the names of the fields, or what stands after "=". A new field needs a decision here.
KEYS = "a row's own number, or that of its person"
SECRET = "a secret, or the hash of one"
OURS = "how the site runs the lab, or what its pages have shown already"
OTHERS = "it belongs to the programme, to the workshop or to another person"
IN_IT = "part of what is exported"
HAS = {
    "accounts.User": "username first_name=name last_name=name email date_joined=joined last_login=last_sign_in time_zone theme"
    " is_staff is_superuser account_status approved_at approved_by",
    "accounts.BrowserSession": "",  # their number
    "accounts.PasswordLink": "by=by__username made_at",
    "account.EmailAddress": "email verified primary",
    "mfa.Authenticator": "type created_at last_used_at",
    "admin.LogEntry": "action_time object_repr change_message",
    "courses.Enrolment": "course created_at",
    "courses.LessonDone": "course lesson done_at",
    "courses.TestPaper": "course part answers at",
    "courses.SurveyReply": "course answers at",
    "courses.RecallCard": "quiz question right stability difficulty answered_at due",
    "courses.QuizAnswer": "quiz question given right shown at",
    "courses.RecallAnswer": "quiz question given right at",
    "labs.LabSession": "id lab lab_version seed next_rung state error created_at admitted_at ready_at ends_at stopped_at active_at"
    " worked_at active_node assisted extensions exam is_class resumes=resumes_id exhausted_resources",
    "labs.Attempt": "id session=session_id lab lab_version seed assisted supervised_by kind fault_seed hints seconds score out_of"
    " unknown asked_at worked_at started_at finished_at",
    "labs.Save": "id session=session_id lab lab_version seed assisted reason made_at size left_out",
    "labs.Capture": "id session=session_id interface filter seconds begun_at ended_at why packets size",
    "labs.ClassSeat": "session nodes since opened_at worked_at left_at bot_at check_asked_at assisted",
    "labs.OpenedHint": "check_id number opened_at",
    "labs.ShownStage": "lab seed nodes stage",
    "labs.Observer": "session=lab began_at ended_at asked_at allowed_at",
    "workshops.Seat": "workshop number=seat name partner joined_at seen_at=last_seen_at country organisation gender",
    "workshops.TeamMember": "workshop=workshop__title role accepted_at",
    "workshops.SeatLogEntry": "workshop=workshop__title kind text at",
    "mentoring.Membership": "programme=programme__title added_at ended_at away_until",
    "mentoring.Mentorship": "programme=programme__title mentor=mentor__username invited_at consented_at ended_at may_copy",
    "mentoring.Question": "id programme=programme__title text about attempt asked_at waits_since",
    "mentoring.Note": "programme=programme__title author=author__username reach text question attempt written_at seen_at",
    "mentoring.Assignment": "programme=programme__title set_by=set_by__username course lesson lab due_on set_at",
    "mentoring.Programme": "title=coordinates",
    "credentials.Credential": "number achievement content earned_at name issued_at signed revoked_at why reason",
}
LEAVES_OUT = {
    "accounts.User": {
        KEYS: "id",
        SECRET: "password voucher",
        OURS: "is_active has_unread_password_link is_time_zone_chosen sign_ins_ended",  # only open accounts can export
    },
    "accounts.BrowserSession": {KEYS: "user", SECRET: "session_key session_data", OURS: "expire_date proof"},
    "accounts.PasswordLink": {KEYS: "id person"},
    "account.EmailAddress": {KEYS: "id user"},
    "mfa.Authenticator": {KEYS: "id user", SECRET: "data"},
    "admin.LogEntry": {KEYS: "id user", IN_IT: "action_flag", OTHERS: "content_type object_id"},
    "courses.QuizAnswer": {KEYS: "id learner", OURS: "key"},
    "labs.LabSession": {
        KEYS: "learner",
        OURS: "priority state_at generation container host memory_limit detail progress pause_ended_at warned saving_at"
        " initial_state nodes_to_reset ends cables",
        OTHERS: "copy_of",
    },
    "labs.Attempt": {
        KEYS: "learner",
        OURS: "job",
        SECRET: "fault",
    },  # of an open ticket; the session has it once it is fixed
    "labs.Save": {KEYS: "learner"},
    "labs.Capture": {KEYS: "taker", OURS: "number"},
    "labs.ClassSeat": {KEYS: "id user"},
    "labs.OpenedHint": {KEYS: "id session learner"},
    "labs.ShownStage": {KEYS: "id learner", OURS: "lines"},
    "labs.Observer": {KEYS: "id user"},
    "workshops.Seat": {KEYS: "id user", SECRET: "code code_until code_for_lost", OURS: "dismissed"},
    "workshops.TeamMember": {KEYS: "id user"},
    "workshops.SeatLogEntry": {KEYS: "id by", OTHERS: "seat about", OURS: "job"},
    "mentoring.Membership": {KEYS: "id mentor", OTHERS: "added_by ended_by"},
    "mentoring.Mentorship": {KEYS: "id trainee", SECRET: "key", IN_IT: "follows", OTHERS: "invited_by ended_by"},
    "mentoring.Question": {KEYS: "trainee"},
    "mentoring.Note": {KEYS: "id trainee"},
    "mentoring.Assignment": {KEYS: "id trainee"},
    "mentoring.Programme": {KEYS: "id", OTHERS: "description language begins ends created_at"},
    "credentials.Credential": {KEYS: "id learner", IN_IT: "key status_list_entry bars", OTHERS: "revoked_by"},
}
ONLY_KEYS = {KEYS: "id learner"}


def test_for_each_field_of_what_is_exported_it_is_decided_whether_the_export_has_it():
    exported = {name.rpartition(".")[0] for names in IN.values() for name in names} | {"accounts.User"}
    assert set(HAS) == exported
    for label, has in HAS.items():
        fields = [
            field.name
            for field in apps.get_model(label)._meta.get_fields()
            if field.concrete and not field.many_to_many
        ]
        left_out = " ".join(LEAVES_OUT.get(label, ONLY_KEYS).values()).split()
        assert sorted([*left_out, *(one.partition("=")[0] for one in has.split())]) == sorted(fields), label


def written_keys(module):
    """All that could be a key in the source of a part of the export: the words of its texts."""
    tree = ast.parse(inspect.getsource(module))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {word for text in texts for word in text.split()}


WRITERS = {
    "courses": [courses.personal_data, account_export],
    "labs": [personal_data],
    "workshops": [vaka.workshops.services.personal_data],
    "mentoring": [vaka.mentoring.personal_data],
}


@pytest.mark.parametrize("label", HAS)
def test_the_export_writes_each_field_that_it_is_said_to_have(label):
    modules = WRITERS.get(label.partition(".")[0], [account_export])
    written = set().union(*map(written_keys, modules))
    assert {one.rpartition("=")[2] for one in HAS[label].split()} <= written


def test_the_export_says_in_which_state_the_account_is_and_who_approved_it(ada, olga, ada_client):
    User.objects.filter(pk=ada.pk).update(account_status="waiting")
    signup.approve(ada, olga)
    account = Taken(ada_client).json("account")
    assert (account["account_status"], account["approved_by"]) == ("known", "olga")
    assert account["approved_at"]


def test_the_export_has_attempts_at_a_lab_that_no_longer_exists(worked, ada_client):
    Attempt._base_manager.update(lab="gone")
    [attempt] = Taken(ada_client).json("attempts")
    assert attempt["verdicts"]
    assert all(verdict["hidden"] for verdict in attempt["verdicts"])
