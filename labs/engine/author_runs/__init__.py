"""Labs as their authors run them: typed into and graded by hand, with many sets of answers, or again after each change."""
