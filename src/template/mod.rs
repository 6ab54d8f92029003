//! The files of a library repository, rendered from templates.
