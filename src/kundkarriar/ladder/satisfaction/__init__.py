"""What satisfaction and complaints tell of leaving and of promotion, beyond what purchases tell."""
