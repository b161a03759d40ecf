"""Net value, discounting, return shares, payback, Lorenz curve and Gini coefficient, exact sums, equal amounts."""
