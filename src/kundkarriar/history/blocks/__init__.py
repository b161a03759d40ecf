"""Histories in lazy frames: blocks of whole customers, each read as a frame in memory is."""
