from django.db import migrations, models


class Migration(migrations.Migration):
    """Work has a time of its own, and a seat of a class lab, too: who presses a button has not worked, nor has who sits beside."""

    dependencies = [("labs", "0040_causes_with_their_time")]

    operations = [
        migrations.AddField(model_name=name, name="worked_at", field=models.DateTimeField(blank=True, null=True))
        for name in ("classseat", "labsession", "attempt")
    ]
