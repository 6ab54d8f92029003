//! A text file, apart from where it is.

/// What a text file has, as git keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileText {
    /// Its text.
    pub text: String,
    /// May it be run?
    pub executable: bool,
}

impl From<String> for FileText {
    fn from(text: String) -> Self {
        Self {
            text,
            executable: false,
        }
    }
}
