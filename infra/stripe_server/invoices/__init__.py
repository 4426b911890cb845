"""Invoices: lines, totals, drafts, and how they are paid or not."""
