"""What a treatment changes in expected purchases and time active: the same process with and without it."""
