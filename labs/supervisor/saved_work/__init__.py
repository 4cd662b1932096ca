"""Saves: a learner's work is written as one stream and restored from it, with all that they have set in a node's network.

The files of a node are walked by ``node_files``; those that BIRD has read are remembered by ``bird_files_as_read``. The ask for the
files that a learner has changed, which no save needs, is ``changed_files``.
"""
