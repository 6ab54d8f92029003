//! Cargo.toml and cargo configuration, edited with their formatting kept.
