"""Static covariates of customers, and the fits whose rates depend on them."""
