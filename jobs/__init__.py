"""RQ jobs (``tasks``), long-running processes (``processes``) and the Detectron2 engine (``detection``). Jobs
call the domains of ``webapp``, never their doors.
"""
