"""Two baselines compared, with the noise of each distance."""
