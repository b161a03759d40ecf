"""What every model has: spec, fitted model, fit report, protocols, and checks of what it is asked."""
