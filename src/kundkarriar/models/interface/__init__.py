"""What every model has: spec, fitted model, fit report, protocols, checks of arguments and of predictions."""
