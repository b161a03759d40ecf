"""Purchase and spend models: spec, fit, fitted."""
