import json

import pytest
from django.core.management import CommandError, call_command

from vaka.accounts.models import User
from vaka.mentoring.models import Mentorship
from vaka.ops import demo_people, welcome

pytestmark = pytest.mark.django_db


def test_there_are_people_for_every_role(tmp_path):
    passwords = demo_people.ensure(tmp_path)
    assert User.objects.get(username="mentor").is_mentor
    assert User.objects.get(username="instructor").is_instructor
    assert not User.objects.get(username="trainee").is_mentor
    assert all(User.objects.get(username=name).check_password(word) for name, word in passwords.items())


def test_made_twice_they_are_the_same_people_with_the_same_passwords(tmp_path):
    first = demo_people.ensure(tmp_path)
    assert demo_people.ensure(tmp_path) == first
    [invited] = Mentorship.objects.waiting()
    assert (invited.mentor.username, invited.trainee.username) == ("mentor", "trainee")
    assert User.objects.count() == len(demo_people.PEOPLE)


def test_nobody_else_can_read_their_passwords(tmp_path):
    demo_people.ensure(tmp_path)
    assert (tmp_path / demo_people.FILE).stat().st_mode & 0o007 == 0
    assert (tmp_path / demo_people.FILE).parent.stat().st_mode & 0o777 == 0o700


def test_passwords_differ(tmp_path):
    assert len(set(demo_people.ensure(tmp_path).values())) == len(demo_people.PEOPLE)


def test_a_password_that_somebody_changed_is_put_back(tmp_path):
    passwords = demo_people.ensure(tmp_path)
    ada = User.objects.get(username="trainee")
    ada.set_password("something else entirely")
    ada.save()
    demo_people.ensure(tmp_path)
    ada.refresh_from_db()
    assert ada.check_password(passwords["trainee"])


def test_the_command_prints_the_three_that_one_signs_in_with(settings, tmp_path, capsys):
    settings.STATE_DIR = tmp_path
    call_command("people")
    printed = capsys.readouterr().out
    kept = json.loads((tmp_path / demo_people.FILE).read_text())
    assert [line.split() for line in printed.splitlines()] == [[name, kept[name]] for name in demo_people.SHOWN]


@pytest.fixture
def room(settings, tmp_path):
    settings.LAN, settings.LAN_URL, settings.STATE_DIR = "192.0.2.7", "http://192.0.2.7:8000", tmp_path
    settings.RUN_DIR = tmp_path / "run"
    settings.RUN_DIR.mkdir()


@pytest.fixture
def on_the_internet(settings, tmp_path):
    settings.IS_PUBLIC, settings.PUBLIC_URL, settings.STATE_DIR = True, "https://learn.example.org", tmp_path
    settings.RUN_DIR = tmp_path / "run"
    settings.RUN_DIR.mkdir()


@pytest.fixture(params=["room", "on_the_internet"])
def reached_by_others(request):
    """A site that people on other machines reach: on a LAN, or with a public name."""
    return request.getfixturevalue(request.param)


def is_in(client) -> bool:
    return client.get("/labs/").status_code == 200


def test_where_others_reach_the_site_no_demo_person_is_made(reached_by_others, tmp_path, capsys):
    call_command("people")
    assert "There are no demo people" in capsys.readouterr().out
    assert not User.objects.exists()
    assert not (tmp_path / demo_people.FILE).exists()


def test_demo_people_of_an_earlier_run_are_ended_there(client, reached_by_others, tmp_path):
    passwords = demo_people.ensure(tmp_path)
    client.post("/accounts/login/", {"login": "instructor", "password": passwords["instructor"]})
    assert is_in(client)
    call_command("people", "--quiet")
    assert not is_in(client), "the session has ended"
    for name, password in passwords.items():
        person = User.objects.get(username=name)
        assert not person.is_active
        assert not person.has_usable_password()
        assert not person.check_password(password)
    assert not (tmp_path / demo_people.FILE).exists(), "their passwords are of no use to anybody"
    client.post("/accounts/login/", {"login": "instructor", "password": passwords["instructor"]})
    assert not is_in(client)


def test_a_command_typed_without_the_variables_of_the_site_makes_no_demo_person(
    client, settings, reached_by_others, tmp_path
):
    welcome.tell_address(settings.RUN_DIR)  # as each start does
    settings.LAN, settings.LAN_URL, settings.IS_PUBLIC = "", "", False
    call_command("people")
    assert not User.objects.exists()
    with demo_people.visitor(tmp_path) as (name, _password):
        assert name.startswith(demo_people.FOR_THE_DEMO)
    welcome.tell_address(settings.RUN_DIR)  # started again, for this server only
    call_command("people", "--quiet")
    assert User.objects.get(username="instructor").is_active


def test_at_home_again_the_demo_people_are_back_with_new_passwords(tmp_path):
    before = demo_people.ensure(tmp_path)
    demo_people.retire(tmp_path)
    after = demo_people.ensure(tmp_path)
    assert not set(before.values()) & set(after.values())
    ada = User.objects.get(username="trainee")
    assert ada.is_active
    assert ada.check_password(after["trainee"])


def test_nobody_can_sign_up_under_a_name_of_the_demo(client, settings):
    assert set(settings.ACCOUNT_USERNAME_BLACKLIST) == set(demo_people.PEOPLE)
    fields = {"username": "Mentor", "password1": "a canoe finds its way", "password2": "a canoe finds its way"}
    client.post("/accounts/signup/", fields)
    assert not User.objects.exists()


def test_the_demo_is_done_there_by_somebody_who_is_gone_afterwards(client, reached_by_others, tmp_path):
    with demo_people.visitor(tmp_path) as (name, password):
        client.post("/accounts/login/", {"login": name, "password": password})
        assert is_in(client)
    assert not User.objects.exists()
    assert not is_in(client)


def test_also_when_the_demo_fails_and_when_it_was_killed(reached_by_others, tmp_path):
    with pytest.raises(RuntimeError), demo_people.visitor(tmp_path):
        raise RuntimeError
    assert not User.objects.exists()
    User.objects.create_user(f"{demo_people.FOR_THE_DEMO}1f", password="left behind")
    call_command("people", "--quiet")
    assert not User.objects.exists()


def test_on_one_machine_the_demo_is_done_by_the_visitor(tmp_path):
    passwords = demo_people.ensure(tmp_path)
    with demo_people.visitor(tmp_path) as who:
        assert who == ("visitor", passwords["visitor"])
    assert User.objects.filter(username="visitor").exists()


def test_the_first_administrator_gets_a_link_and_may_do_everything(client, room, capsys):
    assert not demo_people.has_staff()
    call_command("people", "staff", "olga")
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("http://192.0.2.7:8000/accounts/password/reset/key/")
    page = client.get(link.removeprefix("http://192.0.2.7:8000"), follow=True)
    fields = {"password1": "the reef has one passage", "password2": "the reef has one passage"}
    client.post(page.redirect_chain[-1][0], fields)
    client.post("/accounts/login/", {"login": "olga", "password": fields["password1"]})
    assert client.get("/people/").status_code == 200
    assert client.get("/admin/").status_code == 200
    assert demo_people.has_staff()


def test_the_link_has_the_address_of_the_site_that_runs(tmp_path, settings, capsys):
    settings.RUN_DIR = tmp_path
    (tmp_path / welcome.FILE).write_text("https://learn.example:8000\n")
    call_command("people", "staff", "olga")
    assert "https://learn.example:8000/accounts/" in capsys.readouterr().out


def test_on_the_internet_the_link_has_the_public_address(on_the_internet, settings, capsys):
    welcome.tell_address(settings.RUN_DIR)
    call_command("people", "staff", "olga")
    assert "https://learn.example.org/accounts/" in capsys.readouterr().out


def test_a_public_name_without_a_public_address_is_no_reason_to_point_elsewhere(on_the_internet, settings):
    settings.PUBLIC_URL = "http://localhost:8000"  # the default of a site that has names in VAKA_HOSTS only
    settings.HOSTS = ["learn.example.org"]
    assert welcome.address() == "http://learn.example.org:8000"
    settings.HOSTS = ["*"]
    assert welcome.address() == "http://localhost:8000"


def test_the_terminal_of_a_public_site_shows_no_password_and_says_how_the_first_account_is_made(
    on_the_internet, tmp_path, capsys
):
    passwords = demo_people.ensure(tmp_path)
    call_command("people", "--welcome", "plain")
    said = capsys.readouterr().out
    assert not [password for password in passwords.values() if password in said]
    assert "Vaka is at https://learn.example.org\n" in said
    assert "people staff YOUR-NAME" in said


@pytest.mark.parametrize("name", ["", "two words", "mentor"])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(CommandError):
        call_command("people", "staff", name)
    assert not User.objects.exists()


def test_an_administrator_has_the_name_of_no_other_account_in_other_capitals(ada):
    with pytest.raises(CommandError, match="in other capitals"):
        call_command("people", "staff", "Ada")
    ada.refresh_from_db()
    assert not ada.is_staff


def test_the_terminal_says_where_the_room_is_and_how_the_first_account_is_made(room, tmp_path):
    said = "\n".join(welcome.lines(tmp_path, colours=False))
    assert "Vaka is at http://192.0.2.7:8000\n" in said
    assert "http://192.0.2.7:8000/join/" in said
    assert f"VAKA_STATE={tmp_path} " in said, "the state folder is not the clone's own"
    assert "people staff YOUR-NAME" in said
    assert "█" not in said, "a log is no terminal"
    demo_people.make_staff("olga").set_password("x")
    olga = User.objects.get(username="olga")
    olga.set_password("the reef has one passage")
    olga.save()
    said = "\n".join(welcome.lines(tmp_path, colours=True))
    assert "people staff" not in said
    assert "█" in said


def test_an_operator_of_a_service_types_its_command(settings):
    assert welcome.staff_command().endswith("manage.py people staff")
    settings.UNIT = "vaka"
    assert welcome.staff_command() == "sudo vaka people staff"
