"""Labels that look wrong beside what networks found that have not learnt from them: ranked, kept or corrected."""
