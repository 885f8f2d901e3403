"""Settings, extensions, logs, errors, storage, queues and signals, used by all packages."""
