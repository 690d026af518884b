"""What is read of the register beyond single querysets."""
