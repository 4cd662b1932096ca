import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The words of docs/vocabulary.md. Rows stay as they are."""

    dependencies = [("accounts", "0005_links_are_told")]

    operations = [
        migrations.RenameModel("LinkMade", "PasswordLink"),
        migrations.RenameField("user", "link_is_news", "has_unread_password_link"),
        migrations.RenameField("user", "standing", "account_status"),
        migrations.AlterField(
            model_name='passwordlink',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='password_links', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='user',
            name='account_status',
            field=models.CharField(choices=[('known', 'Confirmed'), ('new', 'Not confirmed'), ('waiting', 'Waits for approval')], db_index=True, default='known', max_length=10, verbose_name='account status'),
        ),
    ]
