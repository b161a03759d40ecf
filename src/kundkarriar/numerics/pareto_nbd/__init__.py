"""Pareto/NBD and GGompertz/NBD: Poisson purchases, gamma rates, a lifetime independent of purchases."""
