"""What a customer is worth, and how sure that is."""
