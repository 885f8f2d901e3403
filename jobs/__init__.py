"""The work behind the pages: RQ jobs, their workers and the janitor. Jobs call the domains of ``webapp``, never their doors."""
