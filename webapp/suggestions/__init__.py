"""Labels proposed by weights or from a box, accepted or refused by a person."""
