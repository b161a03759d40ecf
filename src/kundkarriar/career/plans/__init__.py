"""What a career gives its plans: the start that its values allow, and what actions add by its scorer."""
