"""The journal: exchanges on their way from the gateway to the worker, at least once."""
