"""Twelve months of the service centre."""
