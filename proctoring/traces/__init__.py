"""What was observed, minute by minute, so that an exam can be decided anew."""
