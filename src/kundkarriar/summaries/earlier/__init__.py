"""What a summary with gaps says of earlier days: its purchase dates, and the same summary as of an earlier day."""
