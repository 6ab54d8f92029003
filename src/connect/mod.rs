//! The capability: bring cargo and a registry together. Writes the configuration, stores the
//! token through cargo, and finds what is wrong where it does not work; says it all to bots, too.
//!
//! A token is handed from where it is to where it belongs, and is in no result.

mod add;
mod doctor;
mod error;
mod kind;
mod login;
mod renovate;

pub use add::{Added, Outcome, Place, add};
pub use doctor::{Examination, Examined, examine};
pub use error::ConnectError;
pub use kind::Kind;
pub use login::{LoggedIn, Proof, login};
pub use renovate::{Renovate, RenovateRegistry, renovate_config};
