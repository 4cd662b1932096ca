import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def record_labs(apps, _schema_editor):
    """Labs that are on an agenda now count as if they had always been there."""
    labs = {}
    for item in apps.get_model("workshops", "AgendaItem").objects.select_related("workshop"):
        labs.setdefault(item.workshop, set()).update(item.labs)
    rows = apps.get_model("workshops", "LabOnAgenda").objects
    for workshop, found in labs.items():
        for lab in sorted(found):
            rows.create(workshop=workshop, lab=lab, from_at=workshop.made_at)


class Migration(migrations.Migration):
    """When labs were on the agenda, and since when a workshop is held: the team reaches no further."""

    dependencies = [("workshops", "0021_guests_are_known_by_their_account")]

    operations = [
        migrations.AddField("workshop", "held_since", models.DateField(blank=True, editable=False, null=True)),
        migrations.CreateModel(
            name="LabOnAgenda",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lab", models.CharField(max_length=100)),
                ("from_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until_at", models.DateTimeField(blank=True, null=True)),
                (
                    "workshop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labs_on_agenda",
                        to="workshops.workshop",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["workshop", "lab"], name="workshops_lab_on_agenda")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(until_at=None),
                        fields=("workshop", "lab"),
                        name="workshops_lab_on_agenda_once",
                    )
                ],
            },
        ),
        migrations.RunPython(record_labs, migrations.RunPython.noop),
    ]
