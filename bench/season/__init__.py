"""A review season: what a whole group does in a fortnight, through the running processes of evaluation."""
