//! The vendors' APIs emulated for tests, trials and demonstrations.
