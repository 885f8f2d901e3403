"""What the product needs on one machine: PostgreSQL, Valkey and the supervisor that keeps all parts running.

Where ``DATABASE_URL`` and ``REDIS_URL`` are set nothing of this is used; the app sees URLs either way.
"""
