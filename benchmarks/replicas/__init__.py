"""Replicas of the government endpoints: small data in their vocabularies, served on this machine.

Names, codes and places are those of data/registers. Population figures, works of collections and
the day in a dated area code are made by rule from a seed, for tests alone: nothing here is a
statement of the offices whose vocabularies it speaks.
"""
