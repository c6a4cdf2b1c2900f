"""SERVICE: the groups of a query that other servers answer, fetched by key and put back as rows."""
