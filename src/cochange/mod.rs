//! What changes together in a history, and what it would cost to keep some of it elsewhere.
//!
//! | file | owns |
//! |---|---|
//! | `history` | the changes of all files, by file, and how much each commit counts |
//! | `signature` | tokens of a signature, as far as users see it |
//! | `face` | the public items of a file's text, and how those of two texts differ |
//! | `faces` | how the public face of files changed, commit by commit |
//! | `known` | what is known of such changes from an earlier time |
//! | `release` | changes that are close to each other make one release |
//! | `cost` | what it would cost to give files a repository of their own |
//! | `verdict` | from those figures to an answer |
//! | `layout` | a history replayed over a layout of repositories |
//!
//! # Terms
//! Files that often change in one commit are *logically coupled* (Gall, Hajek, Jazayeri:
//! *Detection of logical coupling based on product release history*, ICSM 1998). As in association
//! rules over version histories (Zimmermann, Weißgerber, Diehl, Zeller: *Mining version histories to
//! guide software changes*, IEEE TSE 31(6), 2005), the *support* of "who changes these files changes
//! those, too" is the number of commits with both, its *confidence* their share among the commits
//! with the first, and its *lift* the confidence over the share of the second among all commits:
//! 1 means that they have nothing to do with each other.
//!
//! # What it cannot see
//! Files are the unit. A module that was split off a file which stays begins with the split: what
//! happened to its items before is the old file's. A file that moved, also between packages, is
//! one file all the time; moving it unchanged is no change. Changes to one subject that were made
//! in several commits are several changes.

mod cost;
mod face;
mod faces;
mod history;
mod known;
mod layout;
mod release;
mod signature;
#[cfg(test)]
mod tests;
mod verdict;

pub use cost::{Cost, CostOptions, Coupling, FaceCounts, Subject, cost};
pub use face::{FaceChange, FaceDiff, FaceItem, compare_faces};
pub use faces::FaceHistory;
pub use history::{History, MASS};
pub use known::KnownFaces;
pub use layout::{GroupReplay, Layout, Replay, replay};
pub use release::{Dated, RELEASE_DAYS, Release, ReleaseRates, releases};
pub use verdict::{Thresholds, Verdict};
