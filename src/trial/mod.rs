//! Builds of both sides, before and after, compared.

/// How both sides are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verify {
    /// check
    Check,
    /// test
    Test,
    /// command
    Command(String),
}
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct TrialError;
impl TrialError {
    /// x
    pub fn help(&self) -> Option<String> {
        None
    }
}
