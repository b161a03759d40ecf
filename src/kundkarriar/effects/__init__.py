"""What an action, or a change of the world, does to customers."""
