from django.db import migrations, models
from django.db.models import F


def opened(apps, _editor):
    """The holders of earlier seats count as people who have opened the class lab: nothing was written of it."""
    apps.get_model("labs", "ClassSeat").objects.update(opened_at=F("since"))


class Migration(migrations.Migration):
    """An instructor's check is an attempt of people who have opened the class lab themselves."""

    dependencies = [("labs", "0036_ladder")]

    operations = [
        migrations.AddField("classseat", "opened_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(opened, migrations.RunPython.noop),
    ]
