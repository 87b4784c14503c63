"""Help, the whole menu as a page, and the sign of life for monitors."""
