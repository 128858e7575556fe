"""The command line: set-up, serving, packs, ledger, generated pages."""
