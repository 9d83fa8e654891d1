"""Twelve months of the official vehicles."""
