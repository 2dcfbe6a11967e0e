"""What an examiner does: to a meeting's links and records, its paper, the way into it."""
