"""What workspaces pay for. For now one plan with its limits; key word: *billing plan*."""
