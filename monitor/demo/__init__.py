"""The demonstration: a real small model, real traffic, and four ways of going wrong."""
