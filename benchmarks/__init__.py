"""Figures of speed and memory; never part of a test."""
