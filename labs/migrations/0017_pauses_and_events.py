from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labs', '0016_visits'),
    ]

    operations = [
        migrations.AddField(
            model_name='labsession',
            name='went_on_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveField(
            model_name='labsession',
            name='supervised_by',
        ),
    ]
