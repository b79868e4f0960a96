"""The process in the request path, and its two stand-ins inside a Python program."""
