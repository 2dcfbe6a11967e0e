"""A finished exam as one file that proves itself: see `proctoring.archive.making`."""
