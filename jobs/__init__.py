"""The work behind the pages: RQ jobs, workers, janitor. They call the domains of ``webapp``, never the doors."""
