"""Images and PDF pages, decoded and searched for barcodes in confined workers; ``guest`` runs inside them."""
