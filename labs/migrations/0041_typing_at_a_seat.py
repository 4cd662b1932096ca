from django.db import migrations, models


class Migration(migrations.Migration):
    """A seat of a class lab knows when somebody typed on its nodes: what others type is no work of its holder."""

    dependencies = [("labs", "0040_causes_with_their_time")]

    operations = [
        migrations.AddField(
            model_name="classseat",
            name="active_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
