"""The built-in paper: read from a file, arranged for a candidate, checked, marked, written out.

Pure: no store, no clock and no page. `docs/papers.md` has the two file formats.

    reading     a file -> Questions and Key, or every mistake in it at once
    content     Questions and Key -> JSON of `Paper` and `AnswerKey`, and back
    arranging   Questions -> the same in one candidate's order
    answering   has an answer the form of one? which required ones are missing?
    marking     Questions, Key and answers -> Marks
    results     all candidates' answers and marks -> CSV and JSON
"""
