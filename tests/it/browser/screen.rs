//! How pages are shown.

use std::fmt;

/// What a page is shown on.
#[derive(Clone, Copy)]
pub struct Screen {
    pub dark: bool,
    /// In CSS pixels.
    pub width: u32,
}

impl Screen {
    pub const LIGHT: Self = Self::new(false, 1200);
    pub const DARK: Self = Self::new(true, 1200);
    pub const ALL: [Self; 4] = [
        Self::LIGHT,
        Self::new(false, 400),
        Self::DARK,
        Self::new(true, 400),
    ];

    const fn new(dark: bool, width: u32) -> Self {
        Self { dark, width }
    }

    /// As CSS calls it.
    pub fn scheme(self) -> &'static str {
        if self.dark { "dark" } else { "light" }
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.scheme(), self.width)
    }
}
