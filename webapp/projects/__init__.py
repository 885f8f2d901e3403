"""The user's models (``DetectionModel``): create, copy, trash."""
