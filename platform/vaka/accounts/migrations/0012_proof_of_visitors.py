from django.db import migrations, models


class Migration(migrations.Migration):
    """A visitor's session says what the visitor has shown. Those from before the upgrade last an hour at most."""

    dependencies = [("accounts", "0011_browser_sessions")]

    operations = [
        migrations.AddField(
            model_name="browsersession",
            name="proof",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="browsersession",
            index=models.Index(
                condition=models.Q(("proof", ""), _negated=True),
                fields=["proof", "expire_date"],
                name="accounts_sessions_by_proof",
            ),
        ),
    ]
