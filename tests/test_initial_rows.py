"""A test that commits leaves the database as migrations made it."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection

from vaka.accounts.models import INSTRUCTORS, MENTORS, User

pytestmark = pytest.mark.django_db(transaction=True)


def all_rows():
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if not name.startswith("kept_rows_of_")]
        found = {}
        for name in names:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


def test_what_a_test_creates_changes_and_deletes_is_undone(ada, grace):
    Group.objects.filter(name=INSTRUCTORS).delete()
    Permission.objects.update(name="changed")
    call_command("flush", interactive=False)
    assert not User.objects.exists()
    assert set(Group.objects.values_list("name", flat=True)) >= {MENTORS, INSTRUCTORS}
    assert not Permission.objects.filter(name="changed").exists()
    before = all_rows()
    call_command("flush", interactive=False)
    assert all_rows() == before


def test_a_transaction_that_a_thread_has_left_open_holds_up_nothing(ada):
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT * FROM accounts_user")
            cursor.fetchall()
        call_command("flush", interactive=False)
    finally:
        other.close()
    assert not User.objects.exists()
