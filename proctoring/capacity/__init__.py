"""How many candidates a machine carries: measured on it, kept, and heeded before exams begin."""
