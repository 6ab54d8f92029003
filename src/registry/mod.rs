//! The registry protocol's data: index entries, publish metadata, overlay registries. No server.
