"""Mixed load for as long as one likes, with everything going wrong, and every exchange counted."""
