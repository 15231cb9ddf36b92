"""`nst app`: a page in the browser that makes pictures."""
