"""Who may do what: secrets, capabilities, and how often a stranger may try."""
