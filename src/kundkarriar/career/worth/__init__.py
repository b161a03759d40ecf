"""What customers are worth: beside their order values, and keeping them beside acquiring others."""
