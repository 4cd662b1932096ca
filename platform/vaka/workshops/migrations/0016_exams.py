import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """An agenda item can be an exam, which each seat sits once."""

    dependencies = [
        ("labs", "0027_exams"),
        ("workshops", "0015_agenda_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="agendaitem",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="results_opened_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="agendaitem",
            index=models.Index(
                fields=["ended_at"],
                condition=Q(kind="exam", opened_at__isnull=False, ended_at__isnull=True),
                name="workshops_open_exams",
            ),
        ),
        migrations.CreateModel(
            name="Sitting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.PositiveSmallIntegerField(default=0)),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("left_s", models.FloatField(default=0.0)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("handed_in_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="labs.attempt",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sittings",
                        to="workshops.agendaitem",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sittings", to="workshops.seat"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="labs.labsession",
                    ),
                ),
            ],
            options={
                "ordering": ["seat__number"],
                "indexes": [
                    models.Index(
                        condition=Q(began_at__isnull=False, ended_at__isnull=True),
                        fields=["seat"],
                        name="workshops_unfinished",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("item", "seat"), name="workshops_one_sitting_each")],
            },
        ),
    ]
