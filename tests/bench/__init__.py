"""Benchmarks: each figure is a ratio of two ways to do the same work, taken in one run."""
