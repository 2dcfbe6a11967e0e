"""What an exam measures and allows: named presets, files, and what it says in words."""
