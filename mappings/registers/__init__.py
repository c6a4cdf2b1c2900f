"""The registers of data/registers: how each table is made from public packages."""
