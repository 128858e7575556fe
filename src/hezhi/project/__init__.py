"""How an installation is put together: options, settings, addresses, the database server."""
