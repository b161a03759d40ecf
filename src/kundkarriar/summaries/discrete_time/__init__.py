"""Customers whose time comes in steps: memberships that are renewed, opportunities to buy."""
