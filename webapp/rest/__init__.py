"""The frame of the REST API: tokens, validation, paging, problems, OpenAPI."""
