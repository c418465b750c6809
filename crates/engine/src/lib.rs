//! The use cases of Portico: connect, take in, sync, repair.
