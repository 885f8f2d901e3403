"""Jobs that find photos which belong together: the comparison (io worker) and the features (predict worker)."""
