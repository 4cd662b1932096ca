from django.db import migrations, models

# Rows keep the sentences of failures in English; what is shown is looked up by them
SENTENCES = {
    'No Docker engine answers on this machine, so no lab can run. Tell the person who runs this site, then press Start again.':
        'No Docker engine answers on this server, so no lab can run. Tell the person who runs this site, then select “Start again”.',
    'The lab image has not been built on this computer, so no lab can start. Tell the person who runs this site: “make image” builds it.':
        'The lab image has not been built on this server, so no lab can start. Tell the person who runs this site: “make image” builds it.',
    'This lab needs more programs than others, and the image with them could not be built on this computer. You lose no work. Show the person who runs this site the details below, then press Start again.':
        'This lab needs programs that the lab image does not have, and an image with them could not be built on this server. You lose no work. Show the person who runs this site the details below, then select “Start again”.',
    'The lab ran out of memory and was ended. Start it again. If it happens again, stop programs in it that use much memory, or ask for a computer with more memory.':
        'The lab ran out of memory and was ended. Start it again. If it happens again, stop programs in it that use much memory, or ask for a server with more memory.',
    'The lab did not start within the time limit and was removed. This computer may be busy. Try again in a minute.':
        'The lab did not start within the time limit and was removed. This server may be busy. Try again in a minute.',
    'The saved work is not on this computer any more. Start the lab without it.':
        'The saved work is not on this server any more. Start the lab without it.',
    'The start of your lab was interrupted twice, so it was ended. Press Start again. If it happens again, tell the person who runs this site.':
        'The start of your lab was interrupted twice, so it was ended. Select “Start again”. If it happens again, tell the person who runs this site.',
    'The program that starts labs does not run, so your lab did not start. You lose no points. Tell the person who runs this site, then press Start again.':
        'The program that starts labs does not run, so your lab did not start. You lose no points. Tell the person who runs this site, then select “Start again”.',
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
    """The sentences of failures say "this server". All rows are kept."""

    dependencies = [("labs", "0025_kept_passes")]

    operations = [
        migrations.AlterField(
            "job",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("attempt", "Checking your work"),
                    ("look", "Looking"),
                    ("reset", "Resetting"),
                    ("skip", "Skipping to a stage"),
                    ("save", "Saving your work"),
                    ("ticket", "Preparing your trouble ticket"),
                    ("handover", "Resetting the nodes of a seat"),
                ],
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
