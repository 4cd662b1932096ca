from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ('labs', '0031_active_node'),
    ]

    operations = [
        migrations.RenameField('labsession', 'strain', 'exhausted_resources'),
    ]
