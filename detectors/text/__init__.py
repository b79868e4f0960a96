"""Features of texts: words, embeddings, languages, channels."""
