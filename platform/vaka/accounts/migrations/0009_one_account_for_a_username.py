import django.db.models.functions.text
from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.models import Count
from django.db.models.functions import Lower

SAID = (
    "The database was not changed, because some usernames differ in capitals only: {names}. Nobody can sign in with such a name. "
    "Rename accounts until no two are alike, then start the site again. To rename one, type .venv/bin/python manage.py shell, then: "
    "User.objects.filter(username={name!r}).update(username={new!r})"
)
MOST = 20  # names that the error shows


def refuse_duplicates(apps, _schema_editor):
    """Stop with a sentence before the database stops with an error that names no account."""
    people = apps.get_model("accounts", "User").objects.annotate(same=Lower("username"))
    alike = people.values("same").annotate(number=Count("pk")).filter(number__gt=1).values("same")
    names = list(people.filter(same__in=alike).order_by("same", "username").values_list("username", flat=True)[:MOST])
    if names:
        raise CommandError(SAID.format(names=", ".join(names), name=names[0], new=f"{names[0]}2"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_sign_ins_ended")]

    operations = [
        migrations.RunPython(refuse_duplicates, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                name="accounts_one_account_a_username",
                violation_error_message="Another account has this username. Choose another one.",
            ),
        ),
    ]
