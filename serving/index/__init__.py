"""Each server's index over the read model: SQLite answers filters, orders, pages and totals (docs/decisions/0009)."""
