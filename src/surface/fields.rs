//! The fields of structs, variants and unions.

use rustdoc_types::{Id, ItemEnum};

use super::api::{is_hidden, is_pub};
use super::lower::Scope;
use super::side::Side;
use super::term::Term;

/// How a struct or variant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Unit,
    Tuple,
    Named,
}

/// A field that users see.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) id: Id,
    pub(super) ty: Term,
}

/// The fields of one struct, variant or union.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) shape: Shape,
    pub(super) public: Vec<Field>,
    /// The names of those that are private or hidden.
    pub(super) private: Vec<String>,
}

impl Fields {
    /// `ids` are those of the fields in order; a variant's are public as the variant is.
    pub(super) fn new(
        side: &Side<'_>,
        shape: Shape,
        ids: &[Option<Id>],
        of_variant: bool,
        scope: &Scope,
    ) -> Self {
        let mut fields = Self {
            shape,
            public: Vec::new(),
            private: Vec::new(),
        };
        for (nth, id) in ids.iter().enumerate() {
            let item = id.and_then(|id| side.api.item(id));
            let name = item.and_then(|item| item.name.clone());
            let name = name.unwrap_or_else(|| nth.to_string());
            match item.map(|item| (item, &item.inner)) {
                Some((item, ItemEnum::StructField(ty)))
                    if (of_variant || is_pub(item)) && !is_hidden(item) =>
                {
                    fields.public.push(Field {
                        name,
                        id: item.id,
                        ty: side.term(ty, scope),
                    });
                }
                _ => fields.private.push(name),
            }
        }
        fields
    }

    pub(super) fn get(&self, name: &str) -> Option<&Field> {
        self.public.iter().find(|field| field.name == name)
    }

    /// Can users write all of it out?
    pub(super) fn is_open(&self) -> bool {
        self.private.is_empty()
    }
}
