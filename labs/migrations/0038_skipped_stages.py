from django.db import migrations, models
from django.db.models import F


def skipped(apps, _editor):
    """The stages that are assisted in a session have been skipped in it."""
    apps.get_model("labs", "LabSession").objects.exclude(assisted=[]).update(skipped=F("assisted"))


class Migration(migrations.Migration):
    """A stage that was skipped gives no points after a reset either."""

    dependencies = [("labs", "0037_opened_class_seats")]

    operations = [
        migrations.AddField("labsession", "skipped", models.JSONField(blank=True, default=list)),
        migrations.RunPython(skipped, migrations.RunPython.noop),
    ]
