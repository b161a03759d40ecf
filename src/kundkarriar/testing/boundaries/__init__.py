"""Truth tables and boundary customers of rules, playbooks and ladders."""
