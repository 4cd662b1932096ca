from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labs", "0030_assisted_at_a_seat")]

    operations = [
        migrations.AddField(
            model_name="labsession",
            name="active_node",
            field=models.CharField(blank=True, max_length=32),
        )
    ]
