"""The frame of all pages: roles, error pages, security headers, template context."""
