"""Expected and drawn future purchases: discounted, with a season, or with drifting rates."""
