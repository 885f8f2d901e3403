"""What the entries of annotation files mean: which photo, and which labels of it."""
