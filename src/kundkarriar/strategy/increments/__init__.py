"""What bundles of actions add to each customer's value: contacts, treated time, and the increments that follow."""
