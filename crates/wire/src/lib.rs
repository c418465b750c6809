//! What the clients of vendors share: HTTP, paging, redaction, and errors that say what the caller can do.
