//! SQLite and PostgreSQL behind one set of methods, and the work queue.
