"""Made-up candidates for a running server: what a browser does, without one, many times over."""
