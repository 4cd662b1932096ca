import json

import pytest
from django.core.management import call_command

from vaka.accounts.models import User
from vaka.ops import people

pytestmark = pytest.mark.django_db


def test_there_are_people_for_every_role(tmp_path):
    passwords = people.ensure(tmp_path)
    assert User.objects.get(username="mentor").is_mentor
    assert User.objects.get(username="instructor").is_instructor
    assert not User.objects.get(username="trainee").is_mentor
    assert all(User.objects.get(username=name).check_password(word) for name, word in passwords.items())


def test_made_twice_they_are_the_same_people_with_the_same_passwords(tmp_path):
    first = people.ensure(tmp_path)
    assert people.ensure(tmp_path) == first
    assert User.objects.count() == len(people.PEOPLE)


def test_nobody_else_can_read_their_passwords(tmp_path):
    people.ensure(tmp_path)
    assert (tmp_path / people.FILE).stat().st_mode & 0o777 == 0o600


def test_passwords_differ(tmp_path):
    assert len(set(people.ensure(tmp_path).values())) == len(people.PEOPLE)


def test_a_password_that_somebody_changed_is_put_back(tmp_path):
    passwords = people.ensure(tmp_path)
    ada = User.objects.get(username="trainee")
    ada.set_password("something else entirely")
    ada.save()
    people.ensure(tmp_path)
    ada.refresh_from_db()
    assert ada.check_password(passwords["trainee"])


def test_the_command_prints_the_three_that_one_signs_in_with(settings, tmp_path, capsys):
    settings.STATE_DIR = tmp_path
    call_command("people")
    printed = capsys.readouterr().out
    kept = json.loads((tmp_path / people.FILE).read_text())
    assert [line.split() for line in printed.splitlines()] == [[name, kept[name]] for name in people.SHOWN]
