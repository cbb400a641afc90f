"""The `mer` command: one module a subcommand."""
