"""Net value, discounting, return shares, Lorenz curve and Gini coefficient, exact sums, equal amounts."""
