"""HTTP/1 as bytes: heads, framing, and what goes from one hop to the next. No I/O."""
