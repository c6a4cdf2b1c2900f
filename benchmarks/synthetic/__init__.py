"""Releases of any size in the shape of the real one, made by chance from a seed."""
