//! Cargo as a subprocess: metadata, check, test, package, publish. Never links cargo.
