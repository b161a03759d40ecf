"""Events to come: rates of events beside purchases, and their draws."""
