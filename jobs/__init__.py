"""RQ jobs, long-running processes and the Detectron2 engine. Jobs call the domains of ``webapp``, never doors."""
