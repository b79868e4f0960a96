"""The spool: exchanges on disk while the journal does not take them, oldest first.

Nothing here waits for a lock or knows an event loop; one thread at a time uses a spool.
"""
