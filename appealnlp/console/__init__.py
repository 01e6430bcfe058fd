"""What the command line shows and finds."""
