from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labs", "0029_class_seats_and_bots")]

    operations = [
        migrations.AddField(
            model_name="classseat",
            name="assisted",
            field=models.JSONField(blank=True, default=list),
        )
    ]
