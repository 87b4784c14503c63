"""What KB Partners costs beside the barest application that does the same work: `python -m bench [N …]`."""
