"""Labs from elsewhere and back: reads lab folders of containerlab, Kathara and netlab, and writes ours for them.

Three readers make one intermediate shape (``foreign_lab``), one writer makes a lab folder of it. What was read is never run here.
"""
