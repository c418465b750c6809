//! A typed client of the Squarespace Commerce API.
