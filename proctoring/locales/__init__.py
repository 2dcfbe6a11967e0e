"""The files of the languages, and `gather`, which finds what there is to translate."""
