"""Getting to know a candidate before the exam: their face, their voice."""
