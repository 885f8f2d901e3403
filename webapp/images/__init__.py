"""Photos of a model: intake, browsing, splits, similar photos, thumbnails, trash."""
