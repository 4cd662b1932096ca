from django.db import migrations, models
from django.db.models import F


def what_was_closed_is_settled(apps, _editor):
    workshops = apps.get_model("workshops", "Workshop").objects
    workshops.exclude(closed_at=None).update(settled_at=F("closed_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('workshops', '0003_room'),
    ]

    operations = [
        migrations.AddField(
            model_name='workshop',
            name='settled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(what_was_closed_is_settled, migrations.RunPython.noop),
    ]
