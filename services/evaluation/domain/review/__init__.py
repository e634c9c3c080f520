"""The annual review: who judges what, what the cards come to, and who gets which award."""
