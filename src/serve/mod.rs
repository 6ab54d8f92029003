//! The embedded registry: server, storage, tokens.
