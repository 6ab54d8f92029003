//! What stands in the way: stable codes, severity, advice.
