"""Bearer tokens of an OpenID Connect provider, beside the keys that Sidewatch makes itself."""
