"""`nst batch`: many pictures, each as `nst transfer` makes it."""
