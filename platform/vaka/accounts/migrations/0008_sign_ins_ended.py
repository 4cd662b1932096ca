from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_theme")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sign_ins_ended",
            field=models.PositiveIntegerField(default=0, editable=False),
        )
    ]
