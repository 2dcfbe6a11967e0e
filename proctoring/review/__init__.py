"""What a person decides about what was observed, afterwards.

Pure: acts and times come in.
items       incidents that overlap, as one thing to look at
verdicts    what reviewers said of an incident, and where it stands
agreement   how far two reviewers say the same
reasons     the score, taken apart, and when there is none to be had
sight       what one reviewer may see of it

dossier     all that is kept of one candidate's exam
ribbons     what was measured of each signal, and what nobody missed
sentences   why something is there to look at
shown       what the review desk is told
plots       its signals

report      the files of a report: page (HTML), pdf, JSON, CSV
sheet       what a page and a PDF are made of; words, letters
"""
