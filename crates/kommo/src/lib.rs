//! A typed client of the Kommo API v4.
