//! The web doors of Portico: admin API, hooks, overview.
