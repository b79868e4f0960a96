"""The roles as child processes of one command, kept alive."""
