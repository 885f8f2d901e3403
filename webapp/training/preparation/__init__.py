"""Before a training: what should be known of the photos, what a time comes to, photos to try it with."""
