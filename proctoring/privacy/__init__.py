"""What is sealed, how long it is kept, and what is left when it is erased."""
