"""PostgreSQL, Valkey and supervisord for running the product on one machine.

With ``DATABASE_URL`` and ``REDIS_URL`` set, the embedded servers are not used; the app gets URLs in both cases.
"""
