"""How much a paper may hold. What is longer is refused by name and never cut."""

from __future__ import annotations

LARGEST_FILE = 500_000  # bytes, of a YAML or CSV file
LARGEST_CONTENT = 1_000_000  # bytes of UTF-8, as a store takes it: with pictures, in base64
LARGEST_PICTURE = 200_000  # bytes
MOST_PICTURES = 4  # in a question
MOST_SECTIONS = 50
MOST_QUESTIONS = 300
MOST_CHOICES = 12  # as many as a CSV file has columns for: a to l
MOST_ALTERNATIVES = 50  # of the answer to a short text
MOST_PROBLEMS = 100  # told of one file

LONGEST_TITLE = 120  # characters; of a paper and a section
LONGEST_QUESTION = 10_000  # characters; of what introduces a section, and of starting code as well
LONGEST_CHOICE = 1_000  # characters
LONGEST_ID = 40  # characters
LONGEST_ALT = 500  # characters, of what a picture shows
LONGEST_UNIT = 20  # characters; of a language's name as well
LONGEST_NUMBER = 40  # characters, as a candidate types it

# Characters of an answer, and the most that a paper may ask for: four bytes each stay far below
# the 100,000 that a store takes.
SHORT_TEXT = 200
LONG_TEXT = 10_000
LONGEST_TEXT = 20_000

MOST_POINTS = 1_000  # of one question
MOST_MINUTES = 24 * 60
