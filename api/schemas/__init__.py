"""What callers send and get that is not a word of the domain already, with examples."""
