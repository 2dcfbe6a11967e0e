"""Who speaks when in a whole recording, and the report of it."""
