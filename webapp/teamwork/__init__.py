"""Work in a team: photos assigned to people, who has which photo open, what each person labelled."""
