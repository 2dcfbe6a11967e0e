"""Before the exam: what a candidate is asked to do, told how to mend, and known again by.

Nothing here keeps a picture or a sound: each is looked at once, and what is left are numbers.
"""
