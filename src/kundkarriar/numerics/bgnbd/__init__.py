"""NBD, BG/NBD and MBG/NBD: Poisson purchases, gamma rates, beta dropout after a purchase."""
