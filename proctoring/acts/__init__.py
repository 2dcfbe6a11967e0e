"""What people do about one candidate's exam, and what holds because of it."""
