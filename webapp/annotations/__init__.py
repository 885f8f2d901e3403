"""Categories, annotations, their history, and the editor."""
