"""Running exams: what comes in, who sits where, what is measured, what their page says."""
