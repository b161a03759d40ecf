"""BG/BB: Bernoulli purchases at discrete opportunities, geometric dropout, both with beta heterogeneity."""
