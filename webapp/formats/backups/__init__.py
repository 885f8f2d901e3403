"""The archive of a backup: a tar that is written and read as a stream, with the hash of each member."""
