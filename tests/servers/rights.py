"""The rights that journal and store are tested with: nothing that walks the keys, or all of one."""

USER, PASSWORD = "sidewatch", "secret"
RIGHTS = (
    f"on >{PASSWORD} ~{{sidewatch}}:* &* +@all -@dangerous -scan -sscan -hscan -zscan -dbsize"
).split()


def limited(socket):
    """The URL of a server on a unix socket, for the user of these rights."""
    return f"unix://{USER}@{socket}?password={PASSWORD}"
