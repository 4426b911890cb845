"""Who the workspace is on its invoices: company, address, tax number."""
