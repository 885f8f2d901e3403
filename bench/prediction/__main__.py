"""``.venv/bin/python -m bench.prediction``: see ``bench.prediction.comparison``."""

from bench.prediction.comparison import main

main()
