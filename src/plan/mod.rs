//! Plans as data, their steps ordered by reach, and the journal of a run.
