"""Where the house meets the outside: pages, HTTP API, command line, worker."""
