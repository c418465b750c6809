//! The connections in the shapes of the managed gateway.
