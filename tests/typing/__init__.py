"""What type checkers make of the code of users."""
