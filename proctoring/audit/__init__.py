"""What was done and kept: the log of each meeting, and its proof."""
