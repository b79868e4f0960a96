"""What model servers say of themselves, beside what the gateway sees of them."""
