"""Labs from elsewhere and back: reads lab folders of containerlab, Kathara and netlab, and writes ours for them.

Three readers make one intermediate shape (``foreign_lab``), one writer makes a lab folder of it. No file of the source is ever run.
"""
