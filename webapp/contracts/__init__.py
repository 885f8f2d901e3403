"""What web and jobs agree on: parameters, run states, atomic files. No Flask, no database."""
