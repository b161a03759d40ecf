"""Residual expectation of purchases, discounted, also under a season; drawn futures with drifting rates."""
