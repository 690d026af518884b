"""What is read from grade books, and not one queryset."""
