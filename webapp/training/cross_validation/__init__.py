"""Cross-validation: each fold of the photos judges weights that were trained on the others."""
