"""The worker process, and the background work of the house itself."""
