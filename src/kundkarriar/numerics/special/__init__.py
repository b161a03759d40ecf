"""Special functions: ratios of gamma functions, expectations under a beta, quadrature, interpolation."""
