//! Take modules out of a monolith into a library repository of their own.
