"""What a gateway does with a spool, in one go."""


def adopt(spool):
    """All that ended processes have left; how many exchanges by segment."""
    spool.take_over()
    return list(iter(spool.adopt, None))


def drain(spool, count=3, size=1 << 20):
    """Read and forget all of it, batch by batch."""
    found = []
    while batch := spool.read(count=count, size=size):
        found += [record.data for record in batch]
        spool.forget(spool.state.first + len(batch))
    return found
