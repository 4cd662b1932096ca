import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations, models
from django.db.models.functions import Length
from django.utils import timezone

LARGEST = 4096  # letters of what a session holds. Larger ones were sent to fill the disk
BATCH = 500


def move_sign_ins(apps, _schema_editor):
    """Keep people signed in. What was kept for visitors goes."""
    old, new = apps.get_model("sessions", "Session").objects, apps.get_model("accounts", "BrowserSession").objects
    people = set(map(str, apps.get_model("accounts", "User").objects.values_list("pk", flat=True)))
    decode, rows = SessionStore().decode, []
    small = old.annotate(size=Length("session_data")).filter(size__lte=LARGEST, expire_date__gt=timezone.now())
    for row in small.iterator():
        if (user := decode(row.session_data).get(SESSION_KEY)) in people:
            kept = {"session_key": row.pk, "session_data": row.session_data, "expire_date": row.expire_date}
            rows.append(new.model(user_id=user, **kept))
    new.bulk_create(rows, BATCH)
    old.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_time_zone_chosen"), ("sessions", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browser_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "browser session", "verbose_name_plural": "browser sessions", "abstract": False},
        ),
        migrations.RunPython(move_sign_ins, migrations.RunPython.noop, elidable=True),
    ]
