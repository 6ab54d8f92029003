//! Builds of both sides, before and after, compared.
