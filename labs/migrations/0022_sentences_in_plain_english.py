from django.db import migrations, models

# The sentences about failures as rows have them, and as they read now. Metrics and the resumption of labs compare them.
SENTENCES = {
    'No trouble ticket could be made of this lab just now. It cost you nothing. Try once more; if it fails in the same way, tell your mentor what is written below.':
        'No trouble ticket could be prepared in this lab just now. You lose no points. Try once more. If it fails in the same way, show your mentor the details below.',
    'The Docker engine said no. Try once more; if it says no again, tell the person who runs this site.':
        'The Docker engine refused the request. Try once more. If it refuses again, tell the person who runs this site.',
    'The image that labs run from has not been built here. Tell the person who runs this site: “make image” builds it.':
        'The lab image has not been built on this computer, so no lab can start. Tell the person who runs this site: “make image” builds it.',
    'The image that labs run from is of another version. Tell the person who runs this site: “make image” builds the new one.':
        'The lab image belongs to another version of this site, so no lab can start. Tell the person who runs this site: “make image” builds the new one.',
    'The lab ran out of memory and was ended. Start it again; if it happens again, stop programs in it that use much memory, or ask for a bigger computer.':
        'The lab ran out of memory and was ended. Start it again. If it happens again, stop programs in it that use much memory, or ask for a computer with more memory.',
    'The way into the lab does not answer. Try again in a minute; if it stays so, tell the person who runs this site.':
        'The connection to the lab does not answer. Try again in a minute. If it still does not answer, tell the person who runs this site.',
    'The lab was removed from outside, not by you. Start it again; what you had earned is kept.':
        'The lab was removed by somebody or something else, not by you. Start it again. Your points are kept.',
    'The lab could not be built. Try once more; if it fails in the same way, tell your mentor what is written below.':
        'The lab could not be built. Try once more. If it fails in the same way, show your mentor the details below.',
    'The lab did not come up within its time and was removed. This computer may be busy: try again in a minute.':
        'The lab did not start within the time limit and was removed. This computer may be busy. Try again in a minute.',
    'Your lab answers with more than we read of one lab, so we stopped. It cost you nothing. Look for a program in it that answers with very much text, or reset the node. Try again in a minute.':
        'Your lab sent more data than is read from one lab, so reading was stopped. You lose no points. Look for a program in it that prints very much text, or reset the node. Try again in a minute.',
    'The saved work is not on this computer any more. Start the lab afresh.':
        'The saved work is not on this computer any more. Start the lab without it.',
    'This lab is not published here any more. Choose another.':
        'This lab is not available here any more. Choose another lab.',
    'The start of your lab was cut off twice, so we ended it. Press Start again; if it happens again, tell the person who runs this site.':
        'The start of your lab was interrupted twice, so it was ended. Press Start again. If it happens again, tell the person who runs this site.',
    'We could not start your lab: the queue does not answer. Nothing was lost. Try again in a minute.':
        'Your lab could not start, because the message broker does not answer. You lose no work. Try again in a minute.',
    'We could not pass on what you asked: the queue does not answer. It cost you nothing. Try again in a minute.':
        'Your request was not carried out, because the message broker does not answer. You lose no points. Try again in a minute.',
    'This site cannot write down what happens in labs, so we ended what you had asked for. It cost you nothing. Tell the person who runs this site what is written below, then try again.':
        "The site's database cannot be written to, so your request was ended. You lose no points. Show the person who runs this site the details below, then try again.",
    'The part of this site that starts labs does not run, so your lab did not start. It cost you nothing. Tell the person who runs this site, then press Start again.':
        'The program that starts labs does not run, so your lab did not start. You lose no points. Tell the person who runs this site, then press Start again.',
    'It took too long, so we let it go. It cost you nothing. Try again.':
        'This took too long, so it was ended. You lose no points. Try again.',
    'What you did last could not be saved. What was saved before is kept.':
        'Your last changes could not be saved. Your earlier saved work is kept.',
    'The lab ended before this was done. It cost you nothing.':
        'The lab ended before this was done. You lose no points.',
    'Something went wrong on our side, and we have written it down. Try again in a minute.':
        'An error occurred in the site, and it was logged. Try again in a minute.',
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
    """Sentences in plain English. All rows are kept."""

    dependencies = [("labs", "0021_one_word_for_one_thing")]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('attempt', 'Checking your work'), ('look', 'Looking'), ('reset', 'Resetting'), ('jump', 'Skipping to a stage'), ('save', 'Saving your work'), ('ticket', 'Preparing your ticket'), ('handover', 'Resetting the nodes of a seat')], max_length=10),
        ),
        migrations.AlterField(
            model_name='poolsize',
            name='at_start',
            field=models.PositiveSmallIntegerField(default=0, help_text='This many are ready at the start time. They are built before it.', verbose_name='at the start'),
        ),
        migrations.AlterField(
            model_name='poolsize',
            name='most',
            field=models.PositiveSmallIntegerField(default=0, help_text='Up to this many wait while there is free capacity. Used ones are replaced.', verbose_name='most'),
        ),
        migrations.AlterField(
            model_name='poolsize',
            name='reserved',
            field=models.PositiveSmallIntegerField(default=0, help_text='This many are kept even while learners wait in the queue.', verbose_name='reserved'),
        ),
        migrations.RunPython(forwards, backwards),
    ]
