from django.db import migrations

# Rows keep the sentences of failures in English; what is shown is looked up by them
SENTENCES = {
    "The lab image has not been built on this server, so no lab can start. Tell the person who runs this site: “make image” builds it.": "The lab image has not been built on this server, so no lab can start. Tell the person who runs this site to build it, then select “Start again”.",
    "The lab image belongs to another version of this site, so no lab can start. Tell the person who runs this site: “make image” builds the new one.": "The lab image belongs to another version of this site, so no lab can start. Tell the person who runs this site to build the new one, then select “Start again”.",
}


def rewrite(apps, sentences):
    for name in ("LabSession", "Job"):
        rows = apps.get_model("labs", name).objects
        for old, new in sentences.items():
            rows.filter(error=old).update(error=new)


def forwards(apps, schema_editor):
    rewrite(apps, SENTENCES)


def backwards(apps, schema_editor):
    rewrite(apps, {new: old for old, new in SENTENCES.items()})


class Migration(migrations.Migration):
    """The sentences about the lab image name no command: an installed site has no make. All rows are kept."""

    dependencies = [("labs", "0041_time_of_work")]

    operations = [migrations.RunPython(forwards, backwards)]
