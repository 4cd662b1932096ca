from django.db import migrations, models

RUNGS = [(1, "Easy"), (2, "Medium"), (3, "Hard")]


class Migration(migrations.Migration):
    """Trouble tickets have an order of difficulty. The rung of older ones follows from their fault."""

    dependencies = [("labs", "0035_opened_hints")]

    operations = [
        migrations.AddField(
            "troubleticket",
            "rung",
            models.PositiveSmallIntegerField(blank=True, choices=RUNGS, null=True),
        ),
        migrations.AddField(
            "labsession",
            "next_rung",
            models.PositiveSmallIntegerField(blank=True, choices=RUNGS, null=True),
        ),
    ]
