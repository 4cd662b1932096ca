import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def shown(apps, _editor):
    """Record what is assisted in sessions, and at class-lab seats that somebody has: the site has typed it there."""
    found = set()
    own = apps.get_model("labs", "LabSession").objects.filter(is_class=False).exclude(learner=None).exclude(assisted=[])
    for learner, lab, seed, stages in own.values_list("learner", "lab", "seed", "assisted"):
        found |= {(learner, lab, seed, (), stage) for stage in stages}
    for seat in apps.get_model("labs", "ClassSeat").objects.select_related("session"):
        session = seat.session
        stages = {*seat.assisted, *(session.assisted if session.is_class else ())}
        found |= {(seat.user_id, session.lab, session.seed, tuple(seat.nodes), stage) for stage in stages}
    model = apps.get_model("labs", "ShownStage")
    rows = (
        model(learner_id=learner, lab=lab, seed=seed, nodes=list(nodes), stage=stage)
        for learner, lab, seed, nodes, stage in sorted(found)
    )
    model.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    """What was shown to a person is kept for the person, and not in the session or the seat where it happened."""

    dependencies = [("labs", "0037_opened_class_seats"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="ShownStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lab", models.CharField(max_length=100)),
                ("seed", models.PositiveBigIntegerField(default=0)),
                ("nodes", models.JSONField(blank=True, default=list)),
                ("stage", models.CharField(max_length=100)),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shown_stages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("learner", "lab", "seed", "nodes", "stage"), name="labs_one_row_per_shown_stage"
                    )
                ],
            },
        ),
        migrations.RunPython(shown, migrations.RunPython.noop),
    ]
