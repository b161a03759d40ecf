"""Mixes: the shares of categories in what customers buy, shrunk towards the mix of all."""
