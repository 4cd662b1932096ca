import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Opened hints were known to one tab of the browser only. Earlier ones are not counted."""

    dependencies = [("labs", "0034_ungraded_checks"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="OpenedHint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("check_id", models.CharField(max_length=100)),
                ("number", models.PositiveSmallIntegerField()),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opened_hints",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opened_hints",
                        to="labs.labsession",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session", "learner", "check_id", "number"), name="labs_one_row_per_opened_hint"
                    )
                ],
            },
        )
    ]
