//! The nouns of Portico and its pure rules.
