"""Net value, discount, shares of returns, concentration, exact sums."""
