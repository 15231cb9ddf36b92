"""Networks that learn paintings: any photograph in one pass, instead of steps of an optimizer."""
