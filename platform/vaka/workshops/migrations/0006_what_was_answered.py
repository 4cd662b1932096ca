from django.db import migrations, models


def what_was_said_to_be_typed_was_only_allowed(apps, _editor):
    apps.get_model("workshops", "Deed").objects.filter(kind="control").update(kind="allowed")


class Migration(migrations.Migration):

    dependencies = [
        ('workshops', '0005_deeds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='deed',
            name='kind',
            field=models.CharField(choices=[('message', 'Message'), ('extend', 'More time'), ('reset', 'Reset'), ('jump', 'Brought to a stage'), ('first', 'Put first in line'), ('look', 'Looked on at your terminals'), ('ask', 'Asked to type in your lab'), ('allowed', 'May type in your lab: you said yes'), ('refused', 'May not type in your lab: you said no'), ('control', 'Opened a terminal of yours to type in'), ('leave', 'Left your lab'), ('code', 'Made a code that opens your seat on another device'), ('helped', 'Helped'), ('pause', 'Paused the room'), ('resume', 'Went on after the pause'), ('open', 'Opened a session'), ('name', 'Wrote the name of the seat anew'), ('free', 'Freed a seat'), ('reopen', 'Opened the workshop again')], max_length=10),
        ),
        migrations.RunPython(what_was_said_to_be_typed_was_only_allowed, migrations.RunPython.noop),
    ]
