"""The HTTP API, version 1: one route per act and read, one document that says everything."""
