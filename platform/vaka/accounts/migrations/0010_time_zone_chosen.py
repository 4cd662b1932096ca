from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_one_account_for_a_username")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_time_zone_chosen",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        )
    ]
