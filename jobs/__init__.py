"""The work behind the pages: RQ jobs, their workers and the janitor. Jobs call ``webapp.services``, never routes."""
