"""The annual review beside its rules: who enters, who judges, what is sealed, how it stands, its dossier."""
