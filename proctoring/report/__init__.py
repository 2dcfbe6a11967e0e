"""What a replay leaves behind for people: every observation, an annotated video, a timeline."""
