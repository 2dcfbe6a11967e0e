"""An exam that shows itself: a recorded candidate on a proctor's desk, for visitors."""
