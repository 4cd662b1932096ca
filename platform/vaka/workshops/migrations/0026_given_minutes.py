from django.db import migrations, models


def count_given_minutes(apps, _schema_editor):
    """Until now only the seat log had the minutes that a sitting was given, in its words: "10 min"."""
    entries = apps.get_model("workshops", "SeatLogEntry").objects.filter(kind="extend")
    for sitting in apps.get_model("workshops", "Sitting").objects.exclude(began_at=None):
        given = entries.filter(seat=sitting.seat_id, at__gte=sitting.began_at)
        if sitting.handed_in_at:
            given = given.filter(at__lte=sitting.handed_in_at)
        counts = [text.partition(" ")[0] for text in given.values_list("text", flat=True)]
        sitting.given_minutes = sum(int(count) for count in counts if count.isdecimal())
        sitting.save(update_fields=["given_minutes"])


class Migration(migrations.Migration):
    """A sitting has the minutes that it was given. Those of before are counted from the seat log."""

    dependencies = [("workshops", "0025_jobs_of_the_seat_log")]

    operations = [
        migrations.AddField(
            model_name="sitting",
            name="given_minutes",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(count_given_minutes, migrations.RunPython.noop, elidable=True),
    ]
