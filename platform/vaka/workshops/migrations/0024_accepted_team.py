from django.db import migrations, models
from django.utils import timezone


def accept_all(apps, _schema_editor):
    """The teams of before stay as they are: nobody could accept."""
    apps.get_model("workshops", "TeamMember").objects.update(accepted_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("workshops", "0023_team")]

    operations = [
        migrations.AddField(
            model_name="teammember",
            name="accepted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(accept_all, migrations.RunPython.noop, elidable=True),
    ]
