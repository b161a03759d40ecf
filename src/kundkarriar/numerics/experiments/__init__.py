"""Numbers of randomised experiments: sums by arm and group, pooled effects, cross-fitted policies and their value."""
