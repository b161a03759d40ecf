"""From orders to what is known of each customer at a date."""
