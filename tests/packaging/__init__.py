"""What is distributed: its files, and that it works where nothing else is."""
