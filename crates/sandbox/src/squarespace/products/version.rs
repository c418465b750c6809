//! The three versions of the Products API: one store, shown and changed in three forms.

use crate::squarespace::answer::Refusal;
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::Site;

pub(in crate::squarespace) const PHYSICAL: &str = "PHYSICAL";
pub(in crate::squarespace) const SERVICE: &str = "SERVICE";
pub(in crate::squarespace) const GIFT_CARD: &str = "GIFT_CARD";
pub(in crate::squarespace) const DIGITAL: &str = "DIGITAL";

/// The scope of request bodies about physical products in the versions before the second.
pub(super) const LEGACY: &str = "PHYSICAL before v2";

const ALL: &[&str] = &[PHYSICAL, SERVICE, GIFT_CARD, DIGITAL];
const WITH_VARIANTS: &[&str] = &[PHYSICAL, SERVICE, GIFT_CARD];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::squarespace) enum Version {
    V1_0,
    V1_1,
    V2,
}

/// What is done to a product, as far as types and versions differ in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::squarespace) enum Operation {
    Read,
    Create,
    Update,
    Delete,
    ChangeVariants,
    ChangeImages,
    OrderImages,
}

impl Version {
    pub(super) const EACH: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V2];

    pub(in crate::squarespace) fn path(self) -> &'static str {
        match self {
            Self::V1_0 => "/1.0/commerce/products",
            Self::V1_1 => "/1.1/commerce/products",
            Self::V2 => "/v2/commerce/products",
        }
    }

    pub(in crate::squarespace) fn is_legacy(self) -> bool {
        match self {
            Self::V1_0 | Self::V1_1 => true,
            Self::V2 => false,
        }
    }

    pub(in crate::squarespace) fn most_variants(self) -> usize {
        if self.is_legacy() { 100 } else { 250 }
    }

    /// The parameters of the list that a cursor excludes; others are ignored.
    pub(super) fn filters(self) -> &'static [&'static str] {
        match self {
            Self::V1_0 => &["modifiedAfter", "modifiedBefore"],
            Self::V1_1 => &["type", "modifiedAfter", "modifiedBefore"],
            Self::V2 => &["type", "modifiedAfter", "modifiedBefore", "query"],
        }
    }

    /// The types of products that an operation is for.
    pub(super) fn types(self, operation: Operation) -> &'static [&'static str] {
        use Operation::{ChangeImages, ChangeVariants, Create, Delete, OrderImages, Read, Update};

        match (self, operation) {
            (Self::V2, Read | Update | ChangeImages) => ALL,
            (Self::V2, Create | Delete | ChangeVariants | OrderImages) => WITH_VARIANTS,
            (Self::V1_1, Read) => &[PHYSICAL, DIGITAL],
            (Self::V1_0, Read) => &[PHYSICAL],
            (
                Self::V1_0 | Self::V1_1,
                Create | Update | Delete | ChangeVariants | ChangeImages | OrderImages,
            ) => &[PHYSICAL],
        }
    }

    /// What the tables of request bodies distinguish.
    pub(in crate::squarespace) fn scope(self, product_type: &str) -> &str {
        if self.is_legacy() {
            LEGACY
        } else {
            product_type
        }
    }

    /// The product that an operation is for: absent is 404, of the wrong type 405.
    pub(in crate::squarespace) fn target<'a>(
        self,
        site: &'a Site,
        operation: Operation,
        id: &str,
    ) -> Result<&'a Object, Refusal> {
        let product = site.products.get(id).ok_or_else(no_such_product)?;
        self.may(operation, text(product, "type"))?;
        Ok(product)
    }

    /// Refuses types that an operation is not for; what a version does not show, it does not find.
    pub(super) fn may(self, operation: Operation, product_type: &str) -> Result<(), Refusal> {
        if self.types(operation).contains(&product_type) {
            return Ok(());
        }
        Err(match operation {
            Operation::Read => no_such_product(),
            Operation::Create
            | Operation::Update
            | Operation::Delete
            | Operation::ChangeVariants
            | Operation::ChangeImages
            | Operation::OrderImages => Refusal::wrong_type(product_type),
        })
    }
}

fn no_such_product() -> Refusal {
    Refusal::not_found("The product was not found.")
}
