"""The long-running processes: workers, janitor, predictor, watch; and what keeps runs alive."""
