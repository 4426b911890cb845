"""Fapiao 发票 as the workspace's own people ask for them and fetch them."""
