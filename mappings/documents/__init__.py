"""One module a source document: `map_document(document, names)` yields what it says."""
