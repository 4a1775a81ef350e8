"""What holds for all of the package: names, texts, imports."""
