"""Customer equity: the value of today's customers, of those whom they refer, and of others to come."""
