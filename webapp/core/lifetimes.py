"""How long a browser may keep what it was sent, seconds."""

ONE_DAY = 24 * 3600
ONE_YEAR = 365 * ONE_DAY
