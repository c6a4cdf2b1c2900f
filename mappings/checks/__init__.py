"""What contradicts what: checks by rule inside a document and between documents."""
